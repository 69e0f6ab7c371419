#!/bin/sh
# The command `krm-secrets`. In an environment that holds the package it starts Python without `site`, which takes a
# third of Python's own start, and without settings from outside; docs/explanation/start-up.md says what that means.
self=$0
case $self in */*) ;; *) self=./$self ;; esac
while [ -L "$self" ]; do
  to=$(readlink "$self")
  case $to in /*) self=$to ;; *) self=${self%/*}/$to ;; esac
done
bin=${self%/*}

for packages in "$bin"/../lib/python3.*/site-packages; do
  if [ -f "$bin/../pyvenv.cfg" ] && [ -f "$packages/krm_secrets/__main__.py" ]; then
    exec "$bin/python" -IS -c 'import sys
with open(sys.argv[1] + "/../../../pyvenv.cfg", "rb") as file:
    shared = b"include-system-site-packages=true" in file.read().lower().replace(b" ", b"")
if shared or not sys.argv[1].endswith("/python%d.%d/site-packages" % sys.version_info[:2]):
    import site
    site.main()
else:
    sys.path.append(sys.argv[1])
del sys.argv[:2]
from krm_secrets.__main__ import console
console()' "$packages" "$0" "$@"
  fi
done

# A checkout that is installed as it stands, a user's own packages, those of the system: Python finds them itself.
python=python3
[ -x "$bin/python3" ] && python=$bin/python3
for packages in "$bin"/../lib/python3.*/*-packages/krm_secrets; do
  version=${packages#"$bin"/../lib/}
  [ -d "$packages" ] && [ ! -x "$bin/python3" ] && python=${version%%/*}
done
exec "$python" -c 'import sys
if sys.path[:1] == [""]:  # the folder in which it is started is none of packages
    del sys.path[0]
del sys.argv[0]
from krm_secrets.__main__ import console
console()' "$0" "$@"
