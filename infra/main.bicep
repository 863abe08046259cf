// Everything that the Functions app of src/Functions runs on, in a resource group of its own. The values that make an
// environment stand in dev.bicepparam and prod.bicepparam.
targetScope = 'subscription'

@description('The name of the azd environment. Resource names come from it, the subscription and the region.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('The region. One that has Flex Consumption and SignalR Service; with Standard_ZRS one that has availability zones.')
@minLength(1)
param location string

@description('How the two storage accounts are replicated: in one building, or across the zones of the region.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
])
param storageSku string = 'Standard_LRS'

@description('Days for which the archive keeps deleted and overwritten blobs for an operator to bring back; 0 switches that off.')
@minValue(0)
@maxValue(365)
param archiveSoftDeleteDays int = 0

@description('Free_F1 holds 20 sockets and sends 20,000 messages a day. A unit of Standard_S1 holds 1,000 and sends a million.')
@allowed([
  'Free_F1'
  'Standard_S1'
])
param signalRSku string = 'Free_F1'

@description('Units of SignalR Service; Free_F1 has one.')
@minValue(1)
@maxValue(100)
param signalRUnits int = 1

@description('Memory of an instance in MB.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int = 2048

@description('The most instances of the app, all its scale groups together. What an unforeseen load can cost ends here.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances of the HTTP group that never go. 0: the first request after a pause waits for an instance to start.')
@minValue(0)
@maxValue(100)
param httpAlwaysReady int = 0

@description('Instances of the Durable group that never go, on which the entities and orchestrations run.')
@minValue(0)
@maxValue(100)
param durableAlwaysReady int = 0

@description('Requests that one instance takes at a time, before the platform starts another.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 64

@description('Days for which traces, logs and metrics are kept. The first 31 are part of the price of taking them in.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('GB of telemetry a day, after which no more is taken until the next; -1 for no limit. Alerts see nothing of what is not taken.')
param logDailyQuotaGb int = -1

@description('Whether there are alerts.')
param alertsEnabled bool = false

@description('Who gets a mail when an alert fires. Empty: alerts are only shown in the portal.')
param alertEmail string = ''

@description('How often the alerts look: each look of each rule is paid for.')
@allowed([
  'PT5M'
  'PT15M'
])
param alertFrequency string = 'PT15M'

@description('Seconds by which an alarm may be late before an alert says so.')
@minValue(1)
param alarmDelaySeconds int = 60

@description('Errors within a quarter of an hour beyond which an alert says so.')
@minValue(0)
param errorThreshold int = 10

@description('The application (client) id of an Entra app registration. With one, the platform lets nobody in without a token for it; without, function keys guard the app.')
param authClientId string = ''

@description('Origins, such as https://app.example.com, whose pages may call the app and open sockets. Empty: none may call the app.')
param allowedOrigins array = []

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
}
var functionAppName = 'func-${token}'

// A group's name has to be unique in its subscription only, and is the one that people read.
resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-durable-objects-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: 'log-${token}'
    applicationInsightsName: 'appi-${token}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    hostAccountName: 'sthost${token}'
    archiveAccountName: 'starch${token}'
    location: location
    tags: tags
    sku: storageSku
    archiveSoftDeleteDays: archiveSoftDeleteDays
  }
}

module signalR 'modules/signalr.bicep' = {
  name: 'signalr'
  scope: group
  params: {
    name: 'sigr-${token}'
    location: location
    tags: tags
    skuName: signalRSku
    units: signalRUnits
    functionAppName: functionAppName
    authClientId: authClientId
    allowedOrigins: allowedOrigins
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  scope: group
  params: {
    principalId: identity.outputs.principalId
    hostAccountName: storage.outputs.hostAccountName
    archiveAccountName: storage.outputs.archiveAccountName
    archiveContainerName: storage.outputs.archiveContainerName
    signalRName: signalR.outputs.name
    applicationInsightsName: monitoring.outputs.applicationInsightsName
  }
}

module functions 'modules/functions.bicep' = {
  name: 'functions'
  scope: group
  // The app's first start already needs its roles, and they take minutes to be in force.
  dependsOn: [
    roles
  ]
  params: {
    name: functionAppName
    planName: 'plan-${token}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    hostAccountName: storage.outputs.hostAccountName
    deploymentContainerName: storage.outputs.deploymentContainerName
    archiveAccountName: storage.outputs.archiveAccountName
    archiveContainerName: storage.outputs.archiveContainerName
    signalRName: signalR.outputs.name
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    httpAlwaysReady: httpAlwaysReady
    durableAlwaysReady: durableAlwaysReady
    httpConcurrency: httpConcurrency
    authClientId: authClientId
    allowedOrigins: allowedOrigins
  }
}

module alerts 'modules/alerts.bicep' = if (alertsEnabled) {
  name: 'alerts'
  scope: group
  params: {
    namePrefix: 'alert-${token}'
    location: location
    tags: tags
    applicationInsightsId: monitoring.outputs.applicationInsightsId
    email: alertEmail
    frequency: alertFrequency
    alarmDelaySeconds: alarmDelaySeconds
    errorThreshold: errorThreshold
  }
}

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = functions.outputs.name
output FUNCTION_APP_URL string = functions.outputs.url
output SIGNALR_NAME string = signalR.outputs.name
output ARCHIVE_ACCOUNT_NAME string = storage.outputs.archiveAccountName
output ARCHIVE_CONTAINER_NAME string = storage.outputs.archiveContainerName
output APPLICATION_INSIGHTS_NAME string = monitoring.outputs.applicationInsightsName
