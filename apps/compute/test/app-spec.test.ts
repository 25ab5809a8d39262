import { type Entry, newEntry } from '@tideway/failover-lambda/entry'
import { appSpec } from '../src/delivery/app-spec'
import type { BlueGreenDefinition } from '../src/service/definition'
import { services } from '../src/services'

const calm: Entry = newEntry('tideway-dev-compute', 'tideway-dev-api')
const propertiesFor = (entry: Entry | undefined) =>
  appSpec({
    taskDefinitionArn: 'arn:aws:ecs:eu-central-1:123456789012:task-definition/tideway-dev-api:7',
    definition: services.api as BlueGreenDefinition,
    providerNames: {
      fargate: 'FARGATE',
      'fargate-spot': 'FARGATE_SPOT',
      ec2: 'tideway-dev-ec2',
      'ec2-spot': 'tideway-dev-ec2-spot',
    },
    entry,
  }).Resources[0]?.TargetService.Properties

describe('the AppSpec', () => {
  it('names the task, and the container that gets the traffic', () => {
    expect(propertiesFor(calm)).toMatchObject({
      TaskDefinition: 'arn:aws:ecs:eu-central-1:123456789012:task-definition/tideway-dev-api:7',
      LoadBalancerInfo: { ContainerName: 'app', ContainerPort: 8080 },
    })
  })

  it.each([
    ['nothing is known of the service', undefined],
    ['Spot was never short', calm],
  ])('carries the strategy of the service while %s', (_, entry) => {
    expect(propertiesFor(entry)?.CapacityProviderStrategy).toEqual([
      { CapacityProvider: 'FARGATE', Base: 1, Weight: 1 },
      { CapacityProvider: 'FARGATE_SPOT', Base: 0, Weight: 3 },
    ])
  })

  it.each<[string, Entry]>([
    ['there is a sign that it is', { ...calm, memory: { standbys: {}, spotShortAt: 1 } }],
    ['a standby covers for it', { ...calm, told: ['covering'] }],
  ])('is on demand while Spot is short: %s', (_, entry) => {
    expect(propertiesFor(entry)?.CapacityProviderStrategy).toEqual([
      { CapacityProvider: 'FARGATE', Base: 1, Weight: 1 },
    ])
  })
})
