package plugin

// Copied into cmpserver/plugin of Argo CD, whose own steps are not exported.

import (
	"context"

	"github.com/argoproj/argo-cd/v3/cmpserver/apiclient"
)

// Matches tells whether the plugin takes the Application in this folder of a repository.
func Matches(ctx context.Context, config *PluginConfig, repository, app string, env []*apiclient.EnvEntry) (bool, error) {
	s := NewService(CMPServerInitConstants{PluginConfig: *config})
	supported, _, err := s.matchRepository(ctx, repository, env, app)
	return supported, err
}

// Generate gives the manifests that the plugin makes of the Application in this folder.
func Generate(ctx context.Context, config *PluginConfig, folder string, env []*apiclient.EnvEntry) ([]string, error) {
	s := NewService(CMPServerInitConstants{PluginConfig: *config})
	response, err := s.generateManifest(ctx, folder, env)
	if err != nil {
		return nil, err
	}
	return response.Manifests, nil
}
