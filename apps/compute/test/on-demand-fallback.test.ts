import type { Block } from '@tideway/constructs/testing'
import { withOnDemandFallback } from '../src/service/on-demand-fallback'

const task = { Cluster: 'c', TaskDefinition: 't' }
const machine = withOnDemandFallback('job', task) as Block
const retrying = withOnDemandFallback('job', task, { retries: 2 }) as Block

type Outcome = 'done' | { readonly error: string; readonly cause?: string }

/** Simulates Step Functions for the states in use: the providers that were tried, and the result. */
function played(
  outcomes: Readonly<Record<string, Outcome>>,
  { StartAt, States }: Block = machine,
): { tried: string[]; end: string } {
  const tried: string[] = []
  let state: string = StartAt
  let failure = { Error: '', Cause: '' }
  for (;;) {
    const definition: Block = States[state]
    if (definition.Type === 'Fail') return { tried, end: 'failed' }
    if (definition.Type === 'Choice') {
      const [choice] = definition.Choices
      state = holds(choice, failure) ? choice.Next : definition.Default
      continue
    }
    const provider = definition.Parameters.CapacityProviderStrategy[0].CapacityProvider
    const outcome = outcomes[provider] ?? 'done'
    const repeats: Block | undefined = definition.Retry.find(
      ({ ErrorEquals }: Block) => outcome !== 'done' && isCaught(ErrorEquals[0], outcome.error),
    )
    for (let left = repeats?.MaxAttempts ?? 0; left >= 0; left--) tried.push(provider)
    if (outcome === 'done') return { tried, end: 'done' }
    const caught = (definition.Catch ?? []).find(({ ErrorEquals }: Block) =>
      ErrorEquals.some((name: string) => isCaught(name, outcome.error)),
    )
    if (caught === undefined) return { tried, end: 'failed' }
    failure = { Error: outcome.error, Cause: outcome.cause ?? '' }
    state = caught.Next
  }
}

/** States.TaskFailed matches every error except a timeout, not only the error of that name. */
function isCaught(name: string, error: string): boolean {
  if (name === 'States.TaskFailed') return error !== 'States.Timeout'
  return name === 'States.ALL' || name === error
}

function holds(rule: Block, failure: { Error: string; Cause: string }): boolean {
  if (rule.Or) return rule.Or.some((part: Block) => holds(part, failure))
  if (rule.Not) return !holds(rule.Not, failure)
  const value = rule.Variable === '$.failure.Error' ? failure.Error : failure.Cause
  return rule.StringEquals === undefined
    ? value.includes(rule.StringMatches.slice(1, -1))
    : value === rule.StringEquals
}

const failed = { error: 'States.TaskFailed', cause: '{"StopCode":"EssentialContainerExited"}' }
const interrupted = { error: 'States.TaskFailed', cause: '{"StopCode":"SpotInterruption"}' }

describe('a scheduled task', () => {
  it('runs on Spot', () => {
    expect(played({})).toEqual({ tried: ['FARGATE_SPOT'], end: 'done' })
  })

  it.each([
    [{ error: 'ECS.AmazonECSException', cause: 'Capacity is unavailable at this time.' }],
    [{ error: 'AmazonECS.Unknown', cause: '{"Failures":[{"Reason":"RESOURCE:FARGATE"}]}' }],
    [{ error: 'States.TaskFailed', cause: '{"StopCode":"SpotInterruption"}' }],
    [{ error: 'States.TaskFailed', cause: '{"StoppedReason":"Your Spot Task was interrupted."}' }],
    [
      {
        error: 'States.TaskFailed',
        cause: '{"StoppedReason":"Capacity is unavailable at this time"}',
      },
    ],
  ])('runs on demand if Spot fails: %j', (outcome) => {
    expect(played({ FARGATE_SPOT: outcome })).toEqual({
      tried: ['FARGATE_SPOT', 'FARGATE'],
      end: 'done',
    })
  })

  it.each([
    [{ error: 'States.TaskFailed', cause: '{"StopCode":"EssentialContainerExited","ExitCode":1}' }],
    [{ error: 'States.TaskFailed', cause: '{"StopCode":"TaskFailedToStart"}' }],
    [{ error: 'States.Timeout' }],
  ])('is not run again if it fails for another reason: %j', (outcome) => {
    expect(played({ FARGATE_SPOT: outcome })).toEqual({ tried: ['FARGATE_SPOT'], end: 'failed' })
  })

  it.each([
    [{ FARGATE_SPOT: failed }, ['FARGATE_SPOT', 'FARGATE'], 'done'],
    [{ FARGATE_SPOT: failed, FARGATE: failed }, ['FARGATE_SPOT', 'FARGATE', 'FARGATE'], 'failed'],
    // The interrupted run does not count.
    [
      { FARGATE_SPOT: interrupted, FARGATE: failed },
      ['FARGATE_SPOT', 'FARGATE', 'FARGATE', 'FARGATE'],
      'failed',
    ],
    [{ FARGATE_SPOT: { error: 'States.Timeout' } }, ['FARGATE_SPOT'], 'failed'],
    [
      { FARGATE_SPOT: failed, FARGATE: { error: 'States.Timeout' } },
      ['FARGATE_SPOT', 'FARGATE'],
      'failed',
    ],
  ] as const)('with two retries, %j leads to %j', (outcomes, tried, end) => {
    expect(played(outcomes, retrying)).toEqual({ tried, end })
  })

  it('retries throttled calls with backoff', () => {
    for (const name of ['OnSpot', 'OnDemand']) {
      const [retry] = machine.States[name].Retry
      expect(retry.ErrorEquals).toContain('ECS.ThrottlingException')
      expect(retry.MaxAttempts).toBeGreaterThan(1)
      expect(machine.States[name].Parameters).toMatchObject({ Cluster: 'c', TaskDefinition: 't' })
    }
  })
})
