// Does what Argo CD's server in a plugin's sidecar does: argocd-plugin match|generate PLUGIN REPOSITORY APP [NAME=VALUE…].
//
// PLUGIN is the folder of plugin.yaml, APP a folder in the REPOSITORY; the environment of the Application follows. Prints
// whether the plugin takes the Application, or its manifests. Built inside a copy of Argo CD's module, see ../build.sh.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	log "github.com/sirupsen/logrus"

	"github.com/argoproj/argo-cd/v3/cmpserver/apiclient"
	"github.com/argoproj/argo-cd/v3/cmpserver/plugin"
)

// Of the module and these sources; set by the linker.
var version = "unknown"

func main() {
	log.SetOutput(io.Discard)
	words := os.Args[1:]
	if slices.Equal(words, []string{"--version"}) {
		fmt.Println(version)
		return
	}
	if len(words) < 4 {
		fail(errors.New("usage: argocd-plugin match|generate PLUGIN REPOSITORY APP [NAME=VALUE…]"))
	}
	config, err := plugin.ReadPluginConfig(words[1])
	if err != nil {
		fail(err)
	}
	var env []*apiclient.EnvEntry
	for _, word := range words[4:] {
		name, value, _ := strings.Cut(word, "=")
		env = append(env, &apiclient.EnvEntry{Name: name, Value: value})
	}
	if words[0] == "match" {
		taken, err := plugin.Matches(context.Background(), config, words[2], words[3], env)
		if err != nil {
			fail(err)
		}
		fmt.Println(taken)
		return
	}
	manifests, err := plugin.Generate(context.Background(), config, filepath.Join(words[2], words[3]), env)
	if err != nil {
		fail(err)
	}
	for _, manifest := range manifests {
		fmt.Printf("---\n%s\n", manifest)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "argocd-plugin:", err)
	os.Exit(1)
}
