// Two storage accounts, because they are paid and protected differently; a second account costs nothing by itself.
//
// The host's account holds what Functions and Durable Functions keep for themselves: queues, tables, leases, long
// messages, the deployed package. Its blobs come and go with every turn, and soft delete would keep, and bill, each of
// them for days. Nobody would bring one back: the hub makes sense only whole. So it has none.
//
// The archive's account holds the history of all objects. Its pieces are written once and deleted only when no reachable
// moment needs them any more, so soft delete costs little there (what retention deletes stays for some days longer, the
// tiny blobs that are overwritten once per overwriting), and an operator can bring back what a mistake deleted. Versioning
// stays off: pieces never change, so it would only keep the small blobs a second time.
param hostAccountName string
param archiveAccountName string
param location string
param tags object
param sku string
param archiveSoftDeleteDays int

var deploymentContainer = 'deployment'
var archiveContainer = 'durable-objects'

// Deleted containers are kept on both accounts: that is billed only after a container was in fact deleted.
var keptContainerDays = 7

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: hostAccountName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: {
        enabled: false
      }
      containerDeleteRetentionPolicy: {
        enabled: true
        days: keptContainerDays
      }
    }

    resource deployment 'containers' = {
      name: deploymentContainer
      properties: {
        publicAccess: 'None'
      }
    }
  }
}

resource archiveAccount 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: archiveAccountName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: archiveSoftDeleteDays == 0 ? {
        enabled: false
      } : {
        enabled: true
        days: archiveSoftDeleteDays
      }
      containerDeleteRetentionPolicy: {
        enabled: true
        days: keptContainerDays
      }
    }

    resource archive 'containers' = {
      name: archiveContainer
      properties: {
        publicAccess: 'None'
      }
    }
  }
}

output hostAccountName string = hostAccount.name
output deploymentContainerName string = hostAccount::blobs::deployment.name
output archiveAccountName string = archiveAccount.name
output archiveContainerName string = archiveAccount::blobs::archive.name
