import { AwsError, Simulation } from '@tideway/spot-simulator'
import { type DeployedSchedule, Scheduler, type SchedulerProps } from '../src/clock/scheduler'

const schedule: DeployedSchedule = {
  name: 's',
  arn: 'arn:aws:scheduler:us-east-1:123456789012:schedule/default/s',
  expression: 'rate(10 minutes)',
  isEnabled: true,
  targetArn: 'target',
  roleArn: 'arn:aws:iam::123456789012:role/clock',
  input: '{"at":"<aws.scheduler.scheduled-time>","n":"<aws.scheduler.attempt-number>"}',
}

/** Runs one schedule for some minutes. */
async function run(
  change: Partial<DeployedSchedule>,
  minutes: number,
  props: Partial<SchedulerProps> & { readonly answer?: () => void } = {},
) {
  const simulation = new Simulation(1)
  const start = simulation.now
  const calls: { at: number; payload: string }[] = []
  const dead: Record<string, string>[] = []
  const problems: string[] = []
  const { answer = () => {}, ...rest } = props
  const scheduler = new Scheduler({
    simulation,
    schedules: [{ ...schedule, ...change }],
    targetOf: () => ({
      required: [{ action: 'states:StartExecution', resource: 'target' }],
      run: (payload) => {
        calls.push({ at: (simulation.now - start) / 1000, payload })
        answer()
      },
    }),
    deniedTo: () => undefined,
    addProblem: (part, message) => problems.push(`${part}: ${message}`),
    sendDead: (_queue, body, attributes) => dead.push({ body, ...attributes }),
    ...rest,
  })
  await simulation.run(minutes * 60)
  return { calls, dead, problems, scheduler, times: calls.map(({ at }) => at) }
}

const throttled = () => {
  throw new AwsError('ThrottlingException', 'Rate exceeded')
}

it.each<[string, Partial<DeployedSchedule>, number[]]>([
  ['each period', {}, [600, 1200]],
  ['not where it is disabled', { isEnabled: false }, []],
  ['from its start on', { startsAt: Date.UTC(2026, 0, 5, 0, 15) }, [900, 1500]],
  ['until its end', { endsAt: Date.UTC(2026, 0, 5, 0, 10) }, [600]],
  ['once', { expression: 'at(2026-01-05T01:05:00)', timeZone: 'Europe/Berlin' }, [300]],
])('calls its target: %s', async (_, change, times) => {
  expect((await run(change, 25)).times).toEqual(times)
})

it('calls its target within the flexible window, at the same time for the same seed', async () => {
  const { times } = await run({ flexibleMinutes: 5 }, 15)
  expect(times[0]).toBeGreaterThan(600)
  expect(times[0]).toBeLessThan(900)
  expect((await run({ flexibleMinutes: 5 }, 15)).times).toEqual(times)
})

it('replaces the context attributes in the input', async () => {
  const { calls } = await run({}, 10)
  expect(JSON.parse(calls[0]?.payload ?? '')).toEqual({ at: '2026-01-05T00:10:00Z', n: '1' })
})

it('retries what may pass, then sends it to the dead-letter queue', async () => {
  const { times, dead } = await run({ maxRetries: 2, deadLetterArn: 'dead' }, 11, {
    answer: throttled,
  })
  expect(times).toEqual([600, 601, 603])
  expect(dead).toMatchObject([{ ERROR_CODE: 'ThrottlingException', RETRY_ATTEMPTS: '2' }])
})

it('does not retry after the maximum age', async () => {
  const { times, dead } = await run({ maxAgeSeconds: 5, deadLetterArn: 'dead' }, 19, {
    answer: throttled,
  })
  expect(times).toEqual([600, 601, 603])
  expect(dead).toHaveLength(1)
})

it('does not retry what the caller has to correct', async () => {
  const { times, dead, problems } = await run({ deadLetterArn: 'dead' }, 11, {
    answer: () => {
      throw new AwsError('InvalidExecutionInput', 'no JSON')
    },
  })
  expect(times).toEqual([600])
  expect(dead).toMatchObject([{ ERROR_CODE: 'InvalidExecutionInput', RETRY_ATTEMPTS: '0' }])
  expect(problems).toEqual(['target of schedule s: InvalidExecutionInput: no JSON'])
})

it('names the action that its role lacks', async () => {
  const { times, problems, dead } = await run({ deadLetterArn: 'dead' }, 11, {
    deniedTo: (_, required) => required[0],
  })
  expect(times).toEqual([])
  expect(problems).toEqual([
    'role of schedule s: clock does not allow states:StartExecution on target',
  ])
  expect(dead).toMatchObject([{ ERROR_CODE: 'AccessDeniedException' }])
})

it('names an expression that AWS rejects, and a target that is not run', async () => {
  const { problems } = await run({ expression: 'cron(0 3 * * *)' }, 1)
  expect(problems).toEqual(['schedule s: a cron must have six fields; got 0 3 * * *'])
  const { scheduler } = await run({}, 11, { targetOf: () => undefined })
  expect(scheduler.notRun).toEqual(['schedule s: its target target'])
})
