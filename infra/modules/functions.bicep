// The Functions app on Flex Consumption, its settings, and who may call it.
param name string
param planName string
param location string
param tags object
param identityId string
param identityClientId string
param hostAccountName string
param deploymentContainerName string
param archiveAccountName string
param archiveContainerName string
param signalRName string
param applicationInsightsName string
param instanceMemoryMB int
param maximumInstanceCount int
param httpAlwaysReady int
param durableAlwaysReady int
param httpConcurrency int
param authClientId string
param allowedOrigins array

// The two scale groups of this app: HTTP triggers run apart from entities, orchestrations and activities.
var httpInstances = httpAlwaysReady == 0 ? [] : [
  {
    name: 'http'
    instanceCount: httpAlwaysReady
  }
]
var durableInstances = durableAlwaysReady == 0 ? [] : [
  {
    name: 'durable'
    instanceCount: durableAlwaysReady
  }
]

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: hostAccountName
}

resource archiveAccount 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: archiveAccountName
}

resource signalR 'Microsoft.SignalRService/signalR@2024-03-01' existing = {
  name: signalRName
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  // By this tag azd finds the app that the service "functions" of azure.yaml is deployed to.
  tags: union(tags, {
    'azd-service-name': 'functions'
  })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      minTlsVersion: '1.2'
      cors: {
        allowedOrigins: allowedOrigins
        // The SignalR client sends credentials with its negotiate unless told not to.
        supportCredentials: !empty(allowedOrigins)
      }
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostAccount.properties.primaryEndpoints.blob}${deploymentContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'dotnet-isolated'
        version: '10.0'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: concat(httpInstances, durableInstances)
        triggers: {
          http: {
            perInstanceConcurrency: httpConcurrency
          }
        }
      }
    }
  }

  // Deployment is by Entra token only.
  resource scmCredentials 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }

  resource ftpCredentials 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: {
      AzureWebJobsStorage__accountName: hostAccount.name
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identityClientId
      AzureSignalRConnectionString__serviceUri: 'https://${signalR.properties.hostName}'
      AzureSignalRConnectionString__credential: 'managedidentity'
      AzureSignalRConnectionString__clientId: identityClientId
      DurableObjects__Archive__ServiceUri: archiveAccount.properties.primaryEndpoints.blob
      DurableObjects__Archive__Container: archiveContainerName
      APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsights.properties.ConnectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
      AZURE_CLIENT_ID: identityClientId
      // Lets SignalR Service reach the SignalR triggers without the system key of their endpoint. Who may use them is told
      // by the ticket that the app signed: README.md, "How sockets reach the app".
      AzureFunctionsJobHost__extensions__signalr__system__webhookAuthorizationLevel: 'Anonymous'
    }
  }

  resource authentication 'config' = if (!empty(authClientId)) {
    name: 'authsettingsV2'
    // Both change the app's configuration, and it takes one change at a time.
    dependsOn: [
      settings
    ]
    properties: {
      platform: {
        enabled: true
      }
      globalValidation: {
        requireAuthentication: true
        // This is an API: who has no token is told so, and not sent to a page to sign in.
        unauthenticatedClientAction: 'Return401'
        excludedPaths: [
          '/api/health'
        ]
      }
      httpSettings: {
        requireHttps: true
      }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            clientId: authClientId
            // The version 1 issuer, which the tokens of managed identities have, SignalR Service's among them.
            openIdIssuer: 'https://sts.windows.net/${tenant().tenantId}/'
          }
          validation: {
            allowedAudiences: [
              authClientId
              'api://${authClientId}'
            ]
          }
        }
      }
      login: {
        tokenStore: {
          enabled: false
        }
      }
    }
  }
}

output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
