// Prints what Flux's kustomize-controller would apply: flux-build [--lax] KUSTOMIZATION.yaml FOLDER.
//
// The first file holds one Flux Kustomization and the Secrets and ConfigMaps that it refers to. The folder is written to,
// as the controller does with its own copy. Built inside a copy of the controller's module, see ../build.sh.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	"github.com/fluxcd/kustomize-controller/internal/controller"
)

// Of the module and these sources; set by the linker.
var version = "unknown"

func main() {
	words := os.Args[1:]
	if slices.Equal(words, []string{"--version"}) {
		fmt.Println(version)
		return
	}
	strict := true // as in the controller since 1.9
	if len(words) > 0 && words[0] == "--lax" {
		strict, words = false, words[1:]
	}
	if len(words) != 2 {
		fail(errors.New("usage: flux-build [--lax] KUSTOMIZATION.yaml FOLDER"))
	}
	built, err := build(words[0], words[1], strict)
	if err != nil {
		fail(err)
	}
	os.Stdout.Write(built)
}

func build(file, folder string, strict bool) ([]byte, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), kustomizev1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	kustomization, others, err := read(file)
	if err != nil {
		return nil, err
	}
	c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(others...).Build()
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	return controller.Build(context.Background(), c, kustomization, absolute, strict)
}

func read(file string) (*kustomizev1.Kustomization, []client.Object, error) {
	opened, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer opened.Close()
	var kustomization *kustomizev1.Kustomization
	var others []client.Object
	decoder := yaml.NewYAMLOrJSONDecoder(bufio.NewReader(opened), 4096)
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(object); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, err
		}
		if object.GetKind() != kustomizev1.KustomizationKind {
			others = append(others, object)
			continue
		}
		kustomization = &kustomizev1.Kustomization{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, kustomization); err != nil {
			return nil, nil, err
		}
	}
	if kustomization == nil {
		return nil, nil, errors.New("no Kustomization in " + file)
	}
	return kustomization, others, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "flux-build:", err)
	os.Exit(1)
}
