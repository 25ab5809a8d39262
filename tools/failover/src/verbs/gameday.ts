import { writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { Task } from '@aws-sdk/client-ecs'
import { gameDay } from '@tideway/failover-lambda/game-day'
import { confirm } from '../ask'
import { callerName } from '../caller'
import { OperatorError, UsageError } from '../errors'
import { Fis } from '../game-day/fis'
import { type GameDayOptions, type Plan, planGameDay, statementOf } from '../game-day/plan'
import { GameDay, putBackKilled, type RunProps } from '../game-day/run'
import { putBackCommand, StateItem, type StoredState, silentMilliseconds } from '../game-day/state'
import { verdictLines } from '../game-day/verdict'
import { readCluster, runningTasks } from '../game-day/view'
import { primaryNamed, type Reader, readerOf } from '../pairs'
import { moment } from '../time'
import type { Values, Verb, VerbContext } from '../verb'

export const gameday: Verb = {
  summary: 'a drought on purpose, within limits',
  usage: `npm run failover -- gameday -c ENV [options]

A drought within limits that are stated and asked for first.

      --services A,B   the services that lose tasks (default: all with tasks on
                       Spot)
      --share 50%      of the tasks of each service, at once
      --minutes 10     1 to 60
      --max-tasks N    in all (default: three times those at once); an instance
                       counts as its tasks
      --max-uncovered 180
                       seconds that tasks may be missing without cover
      --max-failed 1000
                       more failed requests in a million than in the same time
                       before
      --plan           state the limits, and change nothing
      --put-back       put back what a killed game day has left
      --allow-prod     required where alarms notify people, as in prod
      --report FILE    write the verdict to a file too

Exit code: 0 passed, 1 failed or refused, 2 wrong usage.`,
  options: {
    services: { type: 'string' },
    share: { type: 'string' },
    minutes: { type: 'string' },
    'max-tasks': { type: 'string' },
    'max-uncovered': { type: 'string' },
    'max-failed': { type: 'string' },
    plan: { type: 'boolean' },
    'put-back': { type: 'boolean' },
    'allow-prod': { type: 'boolean' },
    report: { type: 'string' },
  },
  endsItself: true,
  run: async (context, values) => runVerb(context, values, sleepIn(context, await context.now())),
}

/** @param wait in virtual time, for tests */
export async function runVerb(
  context: VerbContext,
  values: Values,
  wait: RunProps['sleep'],
): Promise<number> {
  const options = optionsIn(values)
  const isJson = values.json === true
  // With --json, standard output has the verdict alone.
  const print = isJson ? context.warn : context.print
  const [cluster, ...others] = context.controller.clusters
  if (cluster === undefined || others.length > 0) {
    throw new OperatorError(
      `A game day is in one cluster, and the controller has ${context.controller.clusters.join(', ')}. Add --cluster NAME.`,
    )
  }
  const item = new StateItem(context, cluster)
  const reader = readerOf(context)
  const props: RunProps = { context: { ...context, print }, reader, item, sleep: wait }
  const stored = await item.read()
  if (values['put-back'] === true) return putBackNow(props, stored)
  if (context.hasUsers && values['allow-prod'] !== true) {
    throw new OperatorError(
      `${context.environment}: a game day here needs --allow-prod, because its users are real. Nothing was changed.`,
    )
  }
  if (stored !== undefined) await afterAnother(props, stored, values.plan === true)

  const plan = await planned(context, reader, cluster, options)
  const statement = statementOf(plan, context.environment, putBackCommand(context, cluster))
  for (const line of statement) print(line)
  if (values.plan === true) return 0
  await confirm(context, context.hasUsers ? {} : values, true)
  const verdict = await GameDay.run(props, plan, await callerName(context))
  for (const line of verdictLines(verdict)) print(line)
  const json = JSON.stringify(verdict, undefined, 2)
  if (isJson) context.print(json)
  if (typeof values.report === 'string') {
    const lines = [...statement, '', ...verdictLines(verdict)]
    writeFileSync(values.report, isJson ? `${json}\n` : `${lines.join('\n')}\n`)
  }
  return verdict.isPassed ? 0 : 1
}

async function planned(
  context: VerbContext,
  reader: Reader,
  cluster: string,
  asked: GameDayOptions,
): Promise<Plan> {
  const { controller, aws } = context
  const view = await readCluster(context, reader)
  const primaries = view.pairs.map(({ primary }) => primary)
  const services = asked.services?.map((name) => primaryNamed(name, primaries, controller) ?? name)
  const options = { ...asked, services: services && [...new Set(services)] }
  const { spotProviders, spotGroups } = controller
  const tasks = new Map<string, readonly Task[]>()
  for (const { primary, services } of view.pairs) {
    const { providers = [] } = services.get(primary) ?? {}
    const isAsked = options.services?.includes(primary) ?? true
    if (!isAsked || !providers.some((name) => spotProviders.includes(name))) continue
    tasks.set(primary, await runningTasks(reader, cluster, primary))
  }
  const usesInstances = [...tasks.values()]
    .flat()
    .some(({ capacityProviderName = '' }) =>
      [...spotGroups.values()].includes(capacityProviderName),
    )
  const templates = new Map(
    (usesInstances ? await new Fis(aws.ecs).templates() : [])
      .filter(({ tags }) => tags?.[gameDay.templateTag] === cluster)
      .map(({ id, tags }) => [tags?.[gameDay.groupTag] ?? '', id]),
  )
  const plan = planGameDay(cluster, view, { spotProviders, spotGroups, templates, tasks }, options)
  if (!('problems' in plan)) return plan
  throw new OperatorError(
    `No game day now. Nothing was changed.\n${plan.problems.map((problem) => `  ${problem}`).join('\n')}`,
  )
}

/** The item of a killed run is put back first. A living run keeps its lock. */
async function afterAnother(props: RunProps, stored: StoredState, isPlan: boolean): Promise<void> {
  const { context } = props
  const { by, startedAt, aliveAt } = stored
  const what = `the game day of ${by} since ${moment(startedAt)}`
  const isAlive = (await context.now()) - aliveAt <= silentMilliseconds
  if (isAlive || isPlan) {
    throw new OperatorError(
      `${what} ${isAlive ? 'runs, or was killed less than two minutes ago' : 'was killed'}. Nothing was changed. Put it back: ${putBackCommand(context, props.item.cluster)}`,
    )
  }
  context.print(`First ${what} is put back: it was killed.`)
  reportLeft(props, await putBackKilled(props, stored))
}

async function putBackNow(props: RunProps, stored: StoredState | undefined): Promise<number> {
  if (stored === undefined) {
    props.context.print('There is no game day to put back.')
    return 0
  }
  return reportLeft(props, await putBackKilled(props, stored)) ? 0 : 1
}

function reportLeft({ context }: RunProps, left: readonly string[]): boolean {
  if (left.length === 0) context.print('Everything is as before.')
  for (const line of left) context.print(`Left: ${line}`)
  return left.length === 0
}

function optionsIn(values: Values): GameDayOptions {
  const number = (name: string, fallback: number | undefined, min: number, max: number) => {
    const text = values[name]
    if (typeof text !== 'string') return fallback
    if (/^\d+$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text)
    throw new UsageError(`--${name}: must be a whole number from ${min} to ${max}; got "${text}".`)
  }
  const share = typeof values.share === 'string' ? values.share : '50%'
  const percent = /^(\d{1,3})%$/.exec(share)?.[1]
  if (percent === undefined || Number(percent) < 1 || Number(percent) > 100) {
    throw new UsageError(`--share: must be from 1% to 100%; got "${share}".`)
  }
  const names = typeof values.services === 'string' ? values.services : undefined
  return {
    services:
      names === undefined ? undefined : [...new Set(names.split(',').map((name) => name.trim()))],
    share: Number(percent) / 100,
    minutes: number('minutes', 10, 1, gameDay.maxSeconds / 60) ?? 10,
    maxTasks: number('max-tasks', undefined, 1, 1000),
    maxUncoveredSeconds: number('max-uncovered', 180, 30, 3600) ?? 180,
    maxFailedPerMillion: number('max-failed', 1000, 0, 1_000_000) ?? 1000,
  }
}

/** Sleeps in the time of AWS. In the local cloud, it is faster than that of this machine. */
function sleepIn({ now }: VerbContext, startedAt: number): RunProps['sleep'] {
  const startedHere = performance.now()
  return async (milliseconds, signal) => {
    const rate = ((await now()) - startedAt) / (performance.now() - startedHere)
    // The clock of AWS shows whole seconds.
    const here = rate > 2 ? milliseconds / rate : milliseconds
    // Ctrl-C wakes it up.
    await setTimeout(here, undefined, signal && { signal }).catch(() => undefined)
  }
}
