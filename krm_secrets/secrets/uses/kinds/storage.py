"""Volumes, object stores and backups."""

from __future__ import annotations

from krm_secrets.secrets.uses.kinds.entry import Entry, below

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


_VOLSYNC = """
    restic.repository kopia.repository restic.customCA.secretName kopia.customCA.secretName rclone.rcloneConfig
    rclone.customCA.secretName rsync.sshKeys rsyncTLS.keySecret syncthing.secret
"""
_VOLUME = """
    csi.controllerPublishSecretRef{} csi.nodeStageSecretRef{} csi.nodePublishSecretRef{} csi.nodeExpandSecretRef{}
    csi.controllerExpandSecretRef{} azureFile.secretName cephfs.secretRef{} rbd.secretRef{} iscsi.secretRef{}
    flexVolume.secretRef{} scaleIO.secretRef{} cinder.secretRef{}
"""
_MINIO = """
    configuration{} credsSecret{} users[]{} externalCertSecret[]{} externalCaCertSecret[]{} externalClientCertSecret{}
    externalClientCertSecrets[]{} kes.kesSecret{} kes.externalCertSecret{} imagePullSecret{}
"""
_K8UP = "spec.**.*ecretRef{} spec.podConfigRef{Secret}"
_CEPH = "ceph.rook.io"

KINDS: Mapping[str, tuple[Entry, ...]] = {
    "PersistentVolume": (Entry("", below("spec", _VOLUME)),),
    "StorageClass": (Entry("storage.k8s.io", "parameters<class>"),),
    "VolumeSnapshotClass": (Entry("snapshot.storage.k8s.io", "parameters<class>"),),
    "ReplicationSource": (Entry("volsync.backube", below("spec", _VOLSYNC)),),
    "ReplicationDestination": (Entry("volsync.backube", below("spec", _VOLSYNC)),),
    "KopiaMaintenance": (Entry("volsync.backube", "spec.repository.repository spec.repository.customCA.secretName"),),
    **{
        kind: (Entry("kopiur.home-operations.com", "spec.**.*ecretRef{}"),)
        for kind in ("ClusterRepository", "Repository", "RepositoryReplication", "Maintenance")
    },
    "BackupStorageLocation": (Entry("velero.io", "spec.credential{} spec.objectStorage.caCertRef{}"),),
    "VolumeSnapshotLocation": (Entry("velero.io", "spec.credential{}"),),
    "DataProtectionApplication": (Entry("oadp.openshift.io", "spec.**.credential{}"),),
    "BackupTarget": (Entry("longhorn.io", "spec.credentialSecret"),),
    **{
        kind: (Entry("k8up.io", _K8UP),)
        for kind in ("Schedule", "Backup", "Restore", "Archive", "Check", "Prune")
    },
    "CephCluster": (Entry(_CEPH, "spec.security.kms.tokenSecretName spec.dashboard.**.*ecretRef{}"),),
    "CephObjectStore": (
        Entry(_CEPH, "spec.gateway.sslCertificateRef spec.gateway.caBundleRef spec.security.**.tokenSecretName"),
    ),
    "CephObjectStoreUser": (Entry(_CEPH, "spec.keys[].accessKeyRef{} spec.keys[].secretKeyRef{}"),),
    "CephBlockPool": (Entry(_CEPH, "spec.mirroring.peers.secretNames[]"),),
    "CephRBDMirror": (Entry(_CEPH, "spec.peers.secretNames[]"),),
    "Tenant": (Entry("minio.min.io", below("spec", _MINIO), keeps="spec<container>"),),
    "DataVolume": (Entry("cdi.kubevirt.io", "spec.source.*.secretRef spec.source.*.secretExtraHeaders[]"),),
    "GarageS3Instance": (Entry("garage-s3-operator.abucquet.com", "spec.adminTokenSecret"),),
}  # fmt: skip
