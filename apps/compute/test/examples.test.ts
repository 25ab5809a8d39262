import { addressAt, type Block, resourceAt } from '@tideway/constructs/testing'
import type { ServiceDefinition } from '../src/service'
import { examplesFolder, services, servicesIn, servicesOf } from '../src/services'
import { fieldExamples } from './field-examples'
import { compute } from './fixture'

const examples = servicesIn(examplesFolder)
const all = { ...services, ...examples }

/** Fields that no example has, with the reason. */
const withoutExample: Readonly<Record<string, string>> = {
  local: 'the examples run the example image, whose program npm start knows',
  backlogPerTask: 'the worker of the platform has it; the example has a queue of its own',
}

function valueAt(definition: ServiceDefinition, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (value as Record<string, unknown> | undefined)?.[key],
      definition,
    )
}

describe('the examples', () => {
  it('have every field of a service', () => {
    const fields = new Set(Object.keys(fieldExamples).map((name) => name.replace('task: ', '')))
    const missing = [...fields].filter((field) =>
      Object.values(examples).every((definition) => valueAt(definition, field) === undefined),
    )
    expect(missing).toEqual(Object.keys(withoutExample))
  })

  it('are no services of the platform, unless a variable adds them to the local environment', () => {
    const on = { TIDEWAY_EXAMPLES: 'on' }
    expect(Object.keys(servicesOf('local', on))).toEqual(Object.keys(all))
    expect(servicesOf('local', {})).toBe(services)
    for (const environment of ['dev', 'prod', 'test']) {
      expect(servicesOf(environment, on)).toBe(services)
    }
  })
})

const json = compute({}, {}, all)

describe('a standby', () => {
  const pairs = Object.entries(all).flatMap(([name, definition]) =>
    definition.runs === 'always' ? definition.standbys.map((on) => [name, on] as const) : [],
  )
  const serviceAt = (path: string) => resourceAt(json, 'aws_ecs_service', `services/${path}`)

  /** Whatever else ECS gets is the same for both. Each value is tested where its construct is. */
  const own: Readonly<Record<string, string>> = {
    '//': 'its construct path',
    name: 'ECS names are unique',
    desired_count: 'the controller scales it out from 0',
    capacity_provider_strategy: 'it runs on demand',
    tags: 'they link the pair',
    depends_on: 'it waits for the primary, and so for what that waits for',
    lifecycle: 'the controller changes it',
  }
  /** CodeDeploy releases one service, so the controller moves the standby to the new revision. */
  const ownRelease: Readonly<Record<string, string>> = {
    deployment_controller: 'always ECS',
    deployment_circuit_breaker: 'only ECS has it',
    deployment_minimum_healthy_percent: 'no task of a standby is spare',
    deployment_maximum_percent: 'no task of a standby is spare',
    availability_zone_rebalancing: 'only ECS has it',
    force_new_deployment: 'a standby has one kind of capacity, so its strategy never changes',
  }
  const without = (block: Block, keys: object) =>
    Object.fromEntries(Object.entries(block).filter(([key]) => !(key in keys)))

  it.each(pairs)('of %s on %s gets each field of its primary', (name, on) => {
    const [primary, standby] = [serviceAt(`${name}/service`), serviceAt(`${name}/standby-${on}`)]
    const differences = { ...own, ...ownRelease }
    expect(without(standby, differences)).toEqual(without(primary, differences))
    const primaryAddress = addressAt(json, 'aws_ecs_service', `services/${name}/service`)
    expect([...primary.depends_on, primaryAddress]).toEqual(
      expect.arrayContaining(standby.depends_on),
    )
    expect(standby.depends_on).toContain(primaryAddress)
    const { kind } = (all[name] as { release: { kind: string } }).release
    if (kind === 'rolling') {
      for (const same of [
        'deployment_controller',
        'deployment_circuit_breaker',
        'availability_zone_rebalancing',
      ]) {
        expect([same, standby[same]]).toEqual([same, primary[same]])
      }
    }
  })
})
