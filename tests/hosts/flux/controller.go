package controller

// Copied into internal/controller of Flux's kustomize-controller, whose own build is not exported.

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
)

// Build does what a reconciliation does to the files in the folder before it applies them: decryption of sources,
// kustomize, decryption of objects, and substitution after that.
func Build(ctx context.Context, c client.Client, k *kustomizev1.Kustomization, folder string, strict bool) ([]byte, error) {
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(k)
	if err != nil {
		return nil, err
	}
	u := unstructured.Unstructured{Object: object}
	r := &KustomizationReconciler{Client: c, NoRemoteBases: true, StrictSubstitutions: strict}
	if err := r.generate(u, folder, folder); err != nil {
		return nil, err
	}
	return r.build(ctx, k, u, folder, folder)
}
