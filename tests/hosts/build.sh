#!/usr/bin/env bash
# Build what cannot be had by `go install` into the folder OUT, unless it is there: build.sh OUT PROGRAM…
#
#   flux           Flux's command: its module has replace directives, and embeds manifests that it does not have and that
#                  only `flux install` needs; it gets an empty one
#   flux-build     kustomize-controller's build of a folder, which is internal
#   argocd-plugin  what Argo CD's server does in a plugin's sidecar, which is not exported
#   kpt            without `kpt alpha rollouts`, whose module is not to be had
#   kubectl        its own module exports the command and has no program
#
# Each module but the last one's is copied out of Go's cache, gets the files that lie beside this script, and is built where
# it lies; the last has a module here.
set -euo pipefail
flux=2.9.5
controller=1.9.5 # the one of that release
argocd=3.3.19    # the newest whose other module (gitops-engine) is to be had
kpt=1.0.0-beta.61

here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

copy() { # MODULE VERSION
  local folder
  folder=$(cd "$work" && go mod download -json "$1@v$2" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  rm -rf "$work/module"
  cp -r "$folder" "$work/module"
  chmod -R u+w "$work/module"
  cd "$work/module"
}

stamp() { # VERSION FOLDER: the version, and a digest of our sources
  printf '%s %s' "$1" "$(cat "$here/$2"/*.go | sha256sum | cut -c 1-12)"
}

is() { # PROGRAM VERSION WORDS…: whether it prints this version
  [[ $("$out/$1" "${@:3}" 2>/dev/null) == *"$2" ]]
}

compile() { # PROGRAM VARIABLE VERSION PACKAGE
  go build -mod=mod -trimpath -gcflags 'all=-N -l -dwarf=false' -ldflags "-s -w -X '$2=$3'" -o "$out/$1" "$4"
}

flux() {
  is flux "$flux" --version && return
  copy github.com/fluxcd/flux2/v2 "$flux"
  mkdir -p cmd/flux/manifests
  echo '# none' >cmd/flux/manifests/none.yaml
  compile flux main.VERSION "$flux" ./cmd/flux
}

flux-build() {
  local version
  version=$(stamp "$controller" flux)
  is flux-build "$version" --version && return
  copy github.com/fluxcd/kustomize-controller "$controller"
  cp "$here/flux/controller.go" internal/controller/exported.go
  mkdir cmd && cp "$here/flux/main.go" cmd/main.go
  # Its API is a module of its own, and not in this one.
  go mod edit -dropreplace github.com/fluxcd/kustomize-controller/api \
    -require "github.com/fluxcd/kustomize-controller/api@v$controller"
  compile flux-build main.version "$version" ./cmd
}

argocd-plugin() {
  local version
  version=$(stamp "$argocd" argocd)
  is argocd-plugin "$version" --version && return
  copy github.com/argoproj/argo-cd/v3 "$argocd"
  cp "$here/argocd/plugin.go" cmpserver/plugin/exported.go
  mkdir -p cmd/argocd-plugin && cp "$here/argocd/main.go" cmd/argocd-plugin/main.go
  go mod edit -dropreplace github.com/argoproj/gitops-engine
  compile argocd-plugin main.version "$version" ./cmd/argocd-plugin
}

kpt() {
  is kpt "v$kpt" version && return
  copy github.com/kptdev/kpt "$kpt"
  rm -r commands/alpha/rollouts
  sed -i '/rollouts/d' commands/alpha/alphacmd.go
  go mod edit -droprequire github.com/kptdev/kpt/rollouts
  compile kpt github.com/kptdev/kpt/run.version "v$kpt" .
}

kubectl() {
  local library version
  cd "$here/kubectl"
  library=$(go list -m -f '{{.Version}}' k8s.io/kubectl)
  version="v1${library#v0}" # Kubernetes 1.x has its libraries as 0.x
  [ "$("$out/kubectl" version --client 2>/dev/null | sed -n 's/^Client Version: //p')" = "$version" ] && return
  compile kubectl k8s.io/component-base/version.gitVersion "$version" .
}

for program; do
  "$program"
done
