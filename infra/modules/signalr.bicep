// Holds the sockets. Serverless: no server connects to it; what clients do becomes a POST to the app ("upstream").
param name string
param location string
param tags object
param skuName string
param units int
param functionAppName string
param authClientId string
param allowedOrigins array

resource signalR 'Microsoft.SignalRService/signalR@2024-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'SignalR'
  sku: {
    name: skuName
    capacity: units
  }
  // The service's own identity, for calling the app. It has no role anywhere and goes with the service.
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    disableLocalAuth: true
    features: [
      {
        flag: 'ServiceMode'
        value: 'Serverless'
      }
    ]
    cors: {
      // A token from the app's negotiate is what opens a socket, whichever page it comes from; a page of another origin
      // cannot get one. This only narrows it down further.
      allowedOrigins: empty(allowedOrigins) ? [
        '*'
      ] : allowedOrigins
    }
    upstream: {
      templates: [
        {
          // No key in the URL: the key of this endpoint exists only after the first deployment of code, and would be a
          // secret in the configuration of the service. README.md says who lets the call in instead.
          urlTemplate: 'https://${functionAppName}.azurewebsites.net/runtime/webhooks/signalr'
          hubPattern: '*'
          categoryPattern: '*'
          eventPattern: '*'
          auth: {
            type: 'ManagedIdentity'
            managedIdentity: {
              resource: authClientId
            }
          }
        }
      ]
    }
  }
}

output name string = signalR.name
