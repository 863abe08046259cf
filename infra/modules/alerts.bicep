// What a person has to know of, as log alerts over what the app tells (docs/metrics.md).
param namePrefix string
param location string
param tags object
param applicationInsightsId string
param email string
param frequency string
param alarmDelaySeconds int
param errorThreshold int

// Each look covers a quarter of an hour, whatever the frequency: telemetry may be minutes late.
var window = 'PT15M'

// A signal that was given up on is parked at its receiver and stays there until somebody retries or drops it; an alarm that
// was given up on is gone; a poisoned message is one that Durable Functions cannot handle and hides for ever longer times.
var deadLetters = '''
traces
| where message contains 'times and was parked'
    or message contains 'the alarm failed in all its retries and was dropped'
    or message contains 'times and is now considered poison'
'''

var lateAlarms = '''
customMetrics
| where name == 'durable_objects.alarm.delay'
| where valueMax > {0}
'''

// Accidents only: what an object or the model refuses is an answer, and nobody has to get up for it. An app that does not
// even start has no figures of its own, so failed requests count as well; an accident in a call then counts twice.
var errors = '''
union
  (customMetrics
  | where name == 'durable_objects.errors'
  | where tostring(customDimensions['error.type']) in ('handler-failed', 'sql-failed', 'transaction-ended', 'context-revoked', 'read-only', 'invalid-use', 'storage-full', 'commit-failed', 'restore-failed', 'deadline-exceeded', 'unavailable', 'internal')
  | project timestamp, errors = valueSum),
  (requests
  | where toint(resultCode) >= 500
  | project timestamp, errors = toreal(itemCount))
'''

var damage = '''
customMetrics
| where name == 'durable_objects.errors'
| where tostring(customDimensions['error.type']) in ('corrupt')
'''

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: '${namePrefix}-people'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'durable-obj'
    enabled: true
    emailReceivers: [
      {
        name: 'operator'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

var actions = empty(email) ? {} : {
  actionGroups: [
    people.id
  ]
}

resource deadLettersRule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${namePrefix}-dead-letters'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Dead letters'
    description: 'A signal was parked, an alarm was dropped, or a message is poisoned: look at the object, and retry or drop it (POST …/parked-signals).'
    severity: 2
    enabled: true
    scopes: [
      applicationInsightsId
    ]
    evaluationFrequency: frequency
    windowSize: window
    // A new component has no tables yet, and the query would be refused for that.
    skipQueryValidation: true
    autoMitigate: false
    criteria: {
      allOf: [
        {
          query: deadLetters
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: actions
  }
}

resource lateAlarmsRule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${namePrefix}-late-alarms'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Late alarms'
    description: 'Alarms ring late: the task hub has more to do than its instances manage, or is not polled.'
    severity: 3
    enabled: true
    scopes: [
      applicationInsightsId
    ]
    evaluationFrequency: frequency
    windowSize: window
    skipQueryValidation: true
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: format(lateAlarms, alarmDelaySeconds)
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: actions
  }
}

resource errorsRule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${namePrefix}-errors'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Errors'
    description: 'Turns fail by accident, or requests are answered 5xx.'
    severity: 2
    enabled: true
    scopes: [
      applicationInsightsId
    ]
    evaluationFrequency: frequency
    windowSize: window
    skipQueryValidation: true
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: errors
          timeAggregation: 'Total'
          metricMeasureColumn: 'errors'
          operator: 'GreaterThan'
          threshold: errorThreshold
        }
      ]
    }
    actions: actions
  }
}

resource damageRule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${namePrefix}-damage'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Damaged history'
    description: 'What was read back of an object is not what was written. The object answers 500 corrupt until its history is repaired.'
    severity: 0
    enabled: true
    scopes: [
      applicationInsightsId
    ]
    evaluationFrequency: frequency
    windowSize: window
    skipQueryValidation: true
    autoMitigate: false
    criteria: {
      allOf: [
        {
          query: damage
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: actions
  }
}
