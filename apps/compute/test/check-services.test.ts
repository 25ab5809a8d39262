import { checkServices } from '../src/definition/check-services'
import { services } from '../src/services'
import { fieldExamples } from './field-examples'

const rolling = {
  runs: 'always',
  tasks: { min: 1, max: 2 },
  cpu: 256,
  memoryMiB: 512,
  image: 'example',
  uses: [],
  capacity: [
    { on: 'fargate', base: 1, weight: 1 },
    { on: 'fargate-spot', weight: 3 },
  ],
  standbys: ['fargate'],
  release: { kind: 'rolling', minHealthyPercent: 100, maxPercent: 200 },
}
const scheduled = { ...rolling, runs: 'rate(5 minutes)', tasks: 1 }
const traffic = { from: 'internal', priority: 1, requestsPerTask: 100 }

/** Without type checks, as from JavaScript: the types reject most of these definitions. */
const check = (definition: object, more: object = {}) =>
  Reflect.apply(checkServices, undefined, [{ mine: definition, ...more }])

describe('an invalid service stops the synthesis', () => {
  it.each([
    ['cpu', { cpu: 300 }, /mine\.ts: service\.cpu: must be one of 256, 512.*got 300/],
    ['memoryMiB', { memoryMiB: 700 }, /mine\.ts: service\.memoryMiB: must be 512 to 2048.*got 700/],
    ['memoryMiB', { cpu: 1024, memoryMiB: 1024 }, /must be 2048 to 8192/],
    ['memoryMiB', { cpu: 8192, memoryMiB: 17_408 }, /steps of 4096/],
    ['tasks', { tasks: { min: 0, max: 2 } }, /mine\.ts: service\.tasks: must have .* 1 or more/],
    ['tasks', { tasks: { min: 3, max: 2 } }, /mine\.ts: service\.tasks/],
    ['capacity', { capacity: [] }, /must name a kind/],
    [
      'capacity of both families',
      { capacity: [...rolling.capacity, { on: 'ec2', weight: 1 }] },
      /must be all Fargate or all EC2/,
    ],
    [
      'capacity with two bases',
      {
        capacity: [
          { on: 'fargate', base: 1, weight: 1 },
          { on: 'fargate-spot', base: 1, weight: 1 },
        ],
      },
      /must have one base at most/,
    ],
    [
      'capacity named twice',
      {
        capacity: [
          { on: 'fargate-spot', weight: 1 },
          { on: 'fargate-spot', weight: 1 },
        ],
      },
      /must name each kind once/,
    ],
    ['capacity without weight', { capacity: [{ on: 'fargate-spot', weight: 0 }] }, /above 0/],
    [
      'capacity with a weight of 1001',
      { capacity: [{ on: 'fargate-spot', weight: 1001 }] },
      /1000/,
    ],
    [
      'capacity with a base below 0',
      { capacity: [{ on: 'fargate-spot', base: -1, weight: 1 }] },
      /base from 0/,
    ],
    ['standbys on Spot', { standbys: ['fargate-spot'] }, /must be on demand/],
    ['standbys named twice', { standbys: ['ec2', 'ec2'] }, /must name each kind once/],
    ['no standbys', { standbys: [] }, /must name at least one/],
    [
      'standbys without Spot capacity',
      { capacity: [{ on: 'fargate', weight: 1 }] },
      /must be empty: there is no Spot/,
    ],
    ['deregistrationSeconds', { deregistrationSeconds: 120 }, /must be 0 to 110/],
    [
      'maxCoverDollarsPerHour',
      { maxCoverDollarsPerHour: 0 },
      /must be from 0.001 to 1000000.*got 0/,
    ],
    [
      'atNotice',
      { atNotice: 'stay' },
      /mine\.ts: service\.atNotice: must be "serve-until-drained".*"stay"/,
    ],
    [
      'prefer',
      { prefer: 'money' },
      /mine\.ts: service\.prefer: must be "cost", "balance".*"money"/,
    ],
    ['slowestRequestSeconds', { slowestRequestSeconds: 61 }, /must be 0 to 60, the dereg.*got 61/],
    [
      'slowestRequestSeconds above deregistrationSeconds',
      { slowestRequestSeconds: 20, deregistrationSeconds: 10 },
      /must be 0 to 10/,
    ],
    [
      'a release that cannot start',
      { release: { kind: 'rolling', minHealthyPercent: 100, maxPercent: 100 } },
      /maxPercent above 100/,
    ],
    [
      'a release without room to rebalance the zones',
      { release: { kind: 'rolling', minHealthyPercent: 50, maxPercent: 100 } },
      /maxPercent above 100/,
    ],
    [
      'blue/green on EC2',
      {
        release: { kind: 'blue-green' },
        capacity: [{ on: 'ec2-spot', weight: 1 }],
        traffic,
      },
      /must be Fargate for blue\/green/,
    ],
    ['blue/green without traffic', { release: { kind: 'blue-green' } }, /must be set/],
    ['a priority', { traffic: { ...traffic, priority: 0 } }, /priority: must be 1 to 50000/],
  ])('%s', (_, change, message) => {
    expect(() => check(rolling)).not.toThrow()
    expect(() => check({ ...rolling, ...change })).toThrow(message)
  })

  it.each([
    ['runs', { runs: 'cron(0 3 * * ?)' }, /six fields/],
    ['runs', { runs: 'rate(0 minutes)' }, /mine\.ts: service\.runs/],
    ['tasks', { tasks: 11 }, /must be 1 to 10/],
  ])('%s of a scheduled task', (_, change, message) => {
    expect(() => check(scheduled)).not.toThrow()
    expect(() => check({ ...scheduled, ...change })).toThrow(message)
  })

  it('two services with the same priority on one load balancer', () => {
    const mine = { ...rolling, traffic }
    expect(() => check(mine, { other: mine })).toThrow(
      /other\.ts: service\.traffic\.priority.*mine has it/,
    )
    const external = { ...mine, traffic: { ...traffic, from: 'external', paths: ['/x'] } }
    expect(() => check(mine, { other: external })).not.toThrow()
  })

  it('reports all problems at once', () => {
    expect(() => check({ ...rolling, cpu: 300, standbys: [] })).toThrow(/cpu.*\n.*standbys/)
  })
})

it('the services of the platform have their documented sizes', () => {
  expect(() => checkServices(services)).not.toThrow()
  const sizes = Object.entries(services).map(([name, { tasks, cpu, memoryMiB }]) => [
    name,
    typeof tasks === 'number' ? tasks : tasks.min,
    cpu,
    memoryMiB,
  ])
  expect(sizes).toEqual([
    ['api', 3, 512, 1024],
    ['scheduler', 1, 256, 512],
    ['worker', 2, 1024, 2048],
  ])
})

it.each(Object.keys(fieldExamples))(
  'the example of %s in the table of fields is valid',
  (field) => {
    expect(() => check(fieldExamples[field] ?? {})).not.toThrow()
  },
)
