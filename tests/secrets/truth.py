"""Who uses which Secret in a real cluster, read from its files by eye: not made by our code, which is measured by it.

Each line: the release, or kind and name of another object; the controller, or `-`; the Secret; where it is named;
what restarts the user; what its author did about that. The place is a container with its field, a volume of
`persistence`, or a path below `spec.values` (of other objects: below `spec`).

By `controller` an annotation of Reloader at the controller is meant, by `patch` one that Flux puts on what the chart
renders, by `flux` and `cnpg` their labels on the Secret. `none` has a reason behind it: each new Pod of a CronJob reads
the Secret anew, and what others than the release's own long-lived Pods read (an operator, Prometheus, a CronJob of
which the values say nothing) is theirs to watch.
"""

from __future__ import annotations

from typing import NamedTuple


class Fact(NamedTuple):
    """A line of the table."""

    namespace: str
    user: str
    controller: str
    secret: str
    places: frozenset[str]
    restarted_by: str
    author: str

    @property
    def kind(self) -> str:
        return self.user.rpartition(" ")[0] or "HelmRelease"

    @property
    def name(self) -> str:
        return self.user.rpartition(" ")[2]


def facts() -> list[Fact]:
    """The table, read."""
    found, namespace = [], ""
    for line in TABLE.splitlines():
        if not line.startswith(" "):
            namespace = line
            continue
        for short, long in SHORT.items():
            line = line.replace(short, long)
        user, controller, secret, places, restarted_by, author = (cell.strip() for cell in line.split("|"))
        found.append(Fact(namespace, user, controller, secret, frozenset(places.split(", ")), restarted_by, author))
    return found


SHORT = {
    "env[0..1]": "env[0], env[1]",
    "provider.webhook.env[0..2]": "provider.webhook.env[0], provider.webhook.env[1], provider.webhook.env[2]",
    "provider.webhook.env[1..3]": "provider.webhook.env[1], provider.webhook.env[2], provider.webhook.env[3]",
    "BACKUP": "backup.barmanObjectStore.s3Credentials.accessKeyId.name, "
    "backup.barmanObjectStore.s3Credentials.secretAccessKey.name",
    "EXTERNAL": "externalClusters[0].barmanObjectStore.s3Credentials.accessKeyId.name, "
    "externalClusters[0].barmanObjectStore.s3Credentials.secretAccessKey.name",
    "INIT": "init-db envFrom, wait-for-postgres env",
}

TABLE = """\
actions-runner-system
  home-ops-runner | - | home-ops-runner-secret | githubConfigSecret | none: others | nothing
ai
  miso-gallery | miso-gallery | miso-gallery | app envFrom | controller | auto
  hermes | hermes | hermes | app envFrom | controller | auto
  hermes | hermes | hermes-dashboard | dashboard envFrom | controller | auto
  litellm | litellm | litellm | init-db envFrom, app env, app envFrom | controller | auto
  memini | main | memini-secret | main env | controller | auto
  memini | fsck | memini-secret | fsck env | none: a CronJob | nothing
  open-webui | open-webui | open-webui-secret | app envFrom | controller | auto
  openclaw | openclaw | openclaw | app envFrom | controller | auto
  dispatch | dispatch | dispatch | app envFrom | controller | auto
  llama-idle-watcher | llama-idle-watcher | llama-idle-watcher | app envFrom | controller | auto
  miso-chat | miso-chat | miso-chat | app envFrom | controller | auto
  miso-chat | miso-chat | miso-chat-device | persistence miso-chat-device | controller | auto
  MCPServer sure-mcp | - | sure-mcp-secret | podTemplateSpec.spec.containers[0].env[0] | none: others | nothing
database
  cloudnative-pg-backup | cloudnative-pg-backup | cloudnative-pg-backup-secret | app envFrom | none: a CronJob | auto
  Cluster postgres | - | cloudnative-pg-secret | superuserSecret.name, BACKUP, EXTERNAL | cnpg | label
default
  glance | glance | glance-secret | glance envFrom | controller | auto
  homepage | homepage | homepage-secret | app envFrom | controller | auto
  karakeep | karakeep | karakeep-secret | app envFrom, app env | controller | auto
  karakeep | meilisearch | karakeep-secret | app env | controller | auto
  n8n | n8n | n8n-secret | app env | controller | auto
  odoo | odoo | odoo-secret | init-db envFrom, app envFrom | controller | auto
  paperless | paperless | paperless-secret | init-db envFrom, app envFrom | controller | auto
  picoshare | picoshare | picoshare | app envFrom | controller | auto
  searxng | searxng | searxng-secret | main envFrom | controller | auto
  smtp-relay | smtp-relay | tls.smtp-relay | persistence tls | controller | auto
  sparkyfitness | server | sparkyfitness-secret | INIT, app env, mcp env, mcp envFrom | controller | auto
  sure | web | sure-secret | init-db envFrom, migration envFrom, app envFrom | controller | auto
  sure | worker | sure-secret | init-db envFrom, app envFrom | controller | auto
  trek | trek | trek-secret | app env | controller | auto
dev
  forgejo | - | forgejo-secret | gitea.admin.existingSecret | patch | nothing
  forgejo | - | forgejo-authentik-oidc | gitea.oauth[0].existingSecret | patch | nothing
  forgejo | - | forgejo-signing-key | extraVolumes[0].secret.secretName | patch | nothing
  forgejo-anubis | anubis | forgejo-anubis-key-secret | app env | controller | auto
  forgejo-runner | forgejo-runner | forgejo-runner-secret | persistence runner-secret | controller | auto
downloads
  autobangumi | autobangumi | autobangumi-secret | app envFrom | controller | auto
  autobrr | autobrr | autobrr-secret | app envFrom | controller | auto
  lidarr | lidarr | lidarr-secret | app envFrom | controller | auto
  prowlarr | prowlarr | prowlarr-secret | app envFrom | controller | auto
  qbittorrent | qbittorrent | qbittorrent-secret | qbop env, gluetun env, gluetun envFrom | controller | auto
  qui | qui | qui-secret | app envFrom | controller | auto
  radarr | radarr | radarr-secret | app envFrom | controller | auto
  recyclarr | recyclarr | recyclarr-secret | app envFrom | none: a CronJob | nothing
  sabnzbd | sabnzbd | sabnzbd-secret | app envFrom | controller | auto
  sonarr | sonarr | sonarr-secret | app envFrom | controller | auto
  webhook | webhook | webhook-secret | app envFrom | controller | auto
external-secrets
  bitwarden-sdk-server | - | bitwarden-sdk-server-cert | image.tls.secretName | patch | on the Pod
flux-system
  headlamp | - | headlamp-secret | config.oidc.externalSecret.name | patch | on the Pod
  konflate | - | konflate-secret | secret.existingSecret | patch | nothing
  kubernetes-schemas | - | kubernetes-schemas | existingSecret.name | patch | nothing
games
  minecraft | - | minecraft-secret | valuesFrom[0].name | none: Flux looks at all Secrets | nothing
home-automation
  frigate | frigate | frigate-secret | app envFrom | controller | auto
  home-assistant | home-assistant | home-assistant-secret | app envFrom | controller | auto
  zigbee2mqtt | zigbee2mqtt | zigbee2mqtt-secret | app envFrom | controller | auto
jobs
  opnsense-backup | main | opnsense-backup | main envFrom | none: a CronJob | nothing
media
  neko | neko | neko-secret | neko envFrom | controller | auto
  opencloud | opencloud | opencloud-secret | opencloud envFrom | controller | list
  plex | plex | plex-secret | app envFrom | controller | auto
  plex-off-deck | plex-off-deck | plex-off-deck-secret | persistence secret-file | none: a CronJob | nothing
  kometa | kometa | kometa-secret | app envFrom | none: a CronJob | auto
  plex-auto-languages | plex-auto-languages | plex-secret | app envFrom | controller | auto
  plex-image-cleanup | plex-image-cleanup | plex-secret | app envFrom | none: a CronJob | auto
  romm | romm | romm-secret | 01-init-db envFrom, app envFrom | controller | list
  seerr | seerr | seerr-secret | app envFrom | controller | auto
  slskd | slskd | slskd-secret | app envFrom | controller | auto
  syncthing | - | syncthing-secret | serviceMonitor.app.endpoints[0].bearerTokenSecret.name | none: others | nothing
  tautulli | tautulli | tautulli-secret | app envFrom | controller | auto
network
  cloudflare-tunnel | cloudflare-tunnel | cloudflare-tunnel-secret | app envFrom | controller | auto
  external-dns | - | external-dns-secret | env[0..1] | patch | on the Pod
  external-dns-adguard-home | - | external-dns-adguard-home-secret | provider.webhook.env[0..2] | patch | on the Pod
  external-dns-opnsense-unbound | - | external-dns-opnsense-secret | provider.webhook.env[1..3] | patch | on the Pod
observability
  gatus | gatus | gatus-secret | gatus-sidecar envFrom, app envFrom | controller | auto
  omada-exporter | omada-exporter | omada-exporter-secret | app envFrom | controller | nothing
  opnsense-exporter | opnsense-exporter | opnsense-exporter-secret | app envFrom | controller | auto
  kube-prometheus-stack | - | alertmanager-secret | alertmanager.alertmanagerSpec.configSecret | none: others | nothing
  Grafana grafana | - | grafana-secret | deployment.spec.template.spec.containers[0].env[0] | none: others | nothing
security
  authentik | - | authentik-secret | global.envFrom[0], server.initContainers[0].envFrom[0] | patch | on the Pod
  policy-reporter | - | policy-reporter-smtp | emailReports.smtp.secret | none: others | nothing
storage
  garage | garage | garage-secret | persistence config | controller | auto
  garage-webui | garage-webui | garage-secret | persistence config | controller | auto
  kopia | kopia | kopiur-repository-secret | app envFrom | controller | auto
  rclone | rclone | rclone-secret | app envFrom | controller | auto
  rclone | rclone | rclone-config-secret | persistence config | controller | auto
  rclone | b2-vw-to-local | rclone-secret | app envFrom | none: a CronJob | no
  rclone | r2-tf-to-local | rclone-secret | app envFrom | none: a CronJob | no
volsync-system
  kopia | kopia | kopia-secret | app envFrom | controller | auto
workadventure
  coturn | coturn | coturn | app envFrom | controller | auto
  synapse | synapse | synapse | init-db envFrom, app env, app envFrom, persistence config | controller | auto
  workadventure | play | workadventure | app envFrom | controller | auto
  workadventure | back | workadventure | app envFrom | controller | auto
  workadventure | mapstorage | workadventure | app envFrom | controller | auto
  workadventure | uploader | workadventure | app envFrom | controller | auto
"""
