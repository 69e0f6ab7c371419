#!/usr/bin/env bash
# Build the flux command and flux-build into the folder OUT, unless they are there: build.sh OUT
#
# Neither can be had by `go install`, since both modules have replace directives; and the controller's code is internal. So
# each module is copied out of Go's cache and built where it lies. The command embeds manifests that only `flux install`
# needs and that the module does not have: it gets an empty one.
set -euo pipefail
flux=2.9.5
controller=1.9.5 # the one of that release

here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

copy() { # MODULE VERSION
  local folder
  folder=$(cd "$work" && go mod download -json "$1@v$2" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  cp -r "$folder" "$work/module"
  chmod -R u+w "$work/module"
  cd "$work/module"
}

if [ "$("$out/flux" --version 2>/dev/null)" != "flux version $flux" ]; then
  copy github.com/fluxcd/flux2/v2 "$flux"
  mkdir -p cmd/flux/manifests
  echo '# none' >cmd/flux/manifests/none.yaml
  go build -trimpath -ldflags "-s -w -X main.VERSION=$flux" -o "$out/flux" ./cmd/flux
  rm -rf "$work/module"
fi

stamp="$controller $(cat "$here"/*.go | sha256sum | cut -c 1-12)"
if [ "$("$out/flux-build" --version 2>/dev/null)" != "$stamp" ]; then
  copy github.com/fluxcd/kustomize-controller "$controller"
  cp "$here/controller.go" internal/controller/exported.go
  mkdir cmd && cp "$here/main.go" cmd/main.go
  # Its API is a module of its own, and not in this one.
  go mod edit -dropreplace github.com/fluxcd/kustomize-controller/api \
    -require "github.com/fluxcd/kustomize-controller/api@v$controller"
  go build -mod=mod -trimpath -ldflags "-s -w -X 'main.version=$stamp'" -o "$out/flux-build" ./cmd
fi
