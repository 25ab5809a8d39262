import type { Task } from '@aws-sdk/client-ecs'
import fc from 'fast-check'
import type { Ecs } from '../src/ecs'
import { defaultPolicy } from '../src/observation'
import type { ObserveInput } from '../src/observe'
import { newPairRecord } from '../src/pair-record'
import { readSettings } from '../src/settings'

export type Observe = typeof import('../src/observe').observe

const now = Date.UTC(2026, 0, 5, 12)

/** `known`: in the record. `new`: in this batch. `lost`: its event never comes. */
const notices = ['none', 'known', 'new', 'lost'] as const

const world = fc.record({
  onSpot: fc.array(fc.constantFrom(...notices), { maxLength: 6 }),
  onDemand: fc.nat({ max: 3 }),
  pending: fc.nat({ max: 2 }),
  /** Tasks that ECS cannot place. */
  missing: fc.nat({ max: 3 }),
  isShort: fc.boolean(),
  /** An event of each known notice comes again. */
  repeats: fc.boolean(),
})

type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never

const settings = readSettings({ TABLE_NAME: 'pairs', QUEUE_URL: 'queue', CLUSTERS: 'main' })
const readTargets = async () => new Map<string, never>()

/** What the controller reads in this world, and how often it lists tasks. */
async function observed(observe: Observe, drawn: World) {
  const { onSpot, onDemand, pending, missing, isShort, repeats } = drawn
  const tasks = onSpot.map((notice, index) => ({ taskArn: `task ${index}`, notice }))
  const having = (...found: string[]) => tasks.filter(({ notice }) => found.includes(notice))
  const running = tasks.length + onDemand
  // ECS replaces a task at its notice.
  const listed = having('none').length + onDemand + pending
  const api = {
    name: 'api',
    active: true,
    tags: {},
    serving: undefined,
    pending,
    running,
    taskSet: undefined,
    otherTaskSets: [],
    isDeploying: false,
    paid: 0,
    isOnFargate: true,
  }
  const input: ObserveInput = {
    pair: {
      cluster: 'main',
      primary: 'api',
      standbys: ['standby'],
      policy: defaultPolicy,
      operator: { mode: 'auto', dryRun: false, tags: [] },
      invalidTags: [],
    },
    services: new Map([
      [
        'api',
        {
          ...api,
          desired: listed + missing,
          providers: ['FARGATE', 'FARGATE_SPOT'],
          strategy: [
            { capacityProvider: 'FARGATE', base: onDemand },
            { capacityProvider: 'FARGATE_SPOT', weight: 1 },
          ],
          configured: { taskDefinition: 'api:1', loadBalancers: [] },
          messages: [],
          launchType: undefined,
          unfollowed: {},
        },
      ],
    ]),
    signals: [
      ...having('new', ...(repeats ? ['known'] : [])).map(({ taskArn }) => ({
        service: 'api',
        signal: { kind: 'interruption' as const, at: now, providers: ['FARGATE_SPOT'], taskArn },
      })),
      ...(isShort
        ? [
            {
              service: 'api',
              signal: { kind: 'placement-failure' as const, at: now, providers: ['FARGATE_SPOT'] },
            },
          ]
        : []),
    ],
    interruptedTasks: Object.fromEntries(
      having('known', 'new').map(({ taskArn }) => [taskArn, now]),
    ),
    describedTasks: having('known', 'new').map(
      ({ taskArn }): Task => ({ taskArn, lastStatus: 'RUNNING', stopCode: 'SpotInterruption' }),
    ),
    record: {
      ...newPairRecord('main', 'api'),
      interruptedTasks: Object.fromEntries(having('known').map(({ taskArn }) => [taskArn, now])),
    },
    now,
  }
  let calls = 0
  const ecs: Pick<Ecs, 'countTasks' | 'tasksOf'> = {
    countTasks: async () => {
      calls++
      return listed
    },
    tasksOf: async () => {
      throw new Error('lists and describes tasks, although no failback is possible')
    },
  }
  const { observation } = await observe(input, { ecs, readTargets, settings })
  const reported = having('known', 'new').length
  return {
    calls,
    interrupted: observation.primary.interrupted,
    reported,
    lost: having('lost').length,
    hasNew: having('new').length > 0,
    isShort: isShort || (repeats && having('known').length > 0) || having('new').length > 0,
    isMissing: running - reported < listed + missing,
  }
}

/** A lost notice is found where there is a reason to look for it, and nothing is listed where there is none. */
export async function checkLostNotices(observe: Observe, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(world, async (drawn) => {
      const { calls, interrupted, reported, lost, hasNew, isShort, isMissing } = await observed(
        observe,
        drawn,
      )
      const hasReason = hasNew || (isShort && !isMissing)
      const isExplained = reported === drawn.onSpot.length
      if (calls !== (hasReason && !isExplained ? 1 : 0)) throw new Error(`${calls} lists of tasks`)
      if (interrupted !== reported + (hasReason ? lost : 0)) {
        throw new Error(`${interrupted} interrupted tasks; ${reported} reported, ${lost} lost`)
      }
    }),
    { numRuns: runs },
  )
}
