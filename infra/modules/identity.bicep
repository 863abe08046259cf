// Who the app is. User-assigned: it exists before the app, so its roles are in force when the app first starts, and they
// stay when the app is deleted and made anew. A system-assigned identity could get its roles only after the app exists.
param name string
param location string
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
