using './main.bicep'

// For trying things out: costs next to nothing while nobody uses it, and holds nothing that has to be kept.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param storageSku = 'Standard_LRS'
param archiveSoftDeleteDays = 0
param signalRSku = 'Free_F1'
param signalRUnits = 1
param instanceMemoryMB = 2048
param maximumInstanceCount = 40
param httpAlwaysReady = 0
param durableAlwaysReady = 0
param logRetentionDays = 30
param logDailyQuotaGb = 1
param alertsEnabled = false
param authClientId = readEnvironmentVariable('AUTH_CLIENT_ID', '')
