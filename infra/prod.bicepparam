using './main.bicep'

// For data that people rely on: three zones, deleted history that can be brought back, an instance of each group that is
// always there, and somebody who is told.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param storageSku = 'Standard_ZRS'
param archiveSoftDeleteDays = 7
param signalRSku = 'Standard_S1'
param signalRUnits = 1
param instanceMemoryMB = 2048
param maximumInstanceCount = 200
param httpAlwaysReady = 1
param durableAlwaysReady = 1
param logRetentionDays = 90
param logDailyQuotaGb = -1
param alertsEnabled = true
param alertEmail = readEnvironmentVariable('ALERT_EMAIL', '')
param alertFrequency = 'PT5M'
param alarmDelaySeconds = 60
param errorThreshold = 10
param authClientId = readEnvironmentVariable('AUTH_CLIENT_ID', '')
