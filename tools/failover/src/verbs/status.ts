import { operatorSettings } from '@tideway/failover-lambda/operator-settings'
import { targetReader } from '@tideway/failover-lambda/targets'
import { prefixOf } from '../controller'
import { explain } from '../errors'
import { exitCodes } from '../exit-codes'
import { gameDayText, putBackCommand, storedIn } from '../game-day/state'
import {
  lastReconcile,
  type PairStatus,
  type SettingStatus,
  settingStatus,
  settingText,
  statusOf,
} from '../pair-status'
import {
  atOnce,
  interruptedTasks,
  type PairView,
  type Reader,
  readAllPairs,
  readerOf,
  readPair,
  realSleep,
} from '../pairs'
import { printFound, table, wrap } from '../table'
import { duration, moment } from '../time'
import type { Terminal, Values, Verb, VerbContext } from '../verb'

/** What `status --json` prints. These fields are an interface: none changes its meaning. */
export interface Status {
  readonly environment: string
  readonly region: string
  readonly account: string
  readonly at: string
  readonly controller: {
    readonly function: string
    /** Whether it has reconciled in the last five minutes. Null where there is no pair. */
    readonly isAlive: boolean | null
    readonly reconciledAt: string | null
  }
  readonly clusters: readonly {
    readonly name: string
    readonly settings: readonly SettingStatus[]
    /** A game day that runs, or was killed. */
    readonly gameDay: string | null
  }[]
  readonly pairs: readonly PairStatus[]
  readonly exitCode: number
}

export const status: Verb = {
  summary: 'what runs, what covers it, who holds it, and what that costs',
  usage: `npm run failover -- status [SERVICE] -c ENV [options]

Shows every pair, or one: what is wanted, what runs, what covers it and what
that costs. The pairs that are not calm come first. SERVICE is a primary or one
of its standbys.

  -w, --watch          show it again every five seconds, until Ctrl-C

Exit code: 0 all pairs are calm, 1 it could not be read, 2 wrong usage, 3 a pair
is covered, held, forced, a dry run or unpaired, or the controller has not
reconciled for five minutes, 4 tasks are missing that no standby replaces.`,
  options: { watch: { type: 'boolean', short: 'w' } },
  endsItself: true,
  async run(context, values, [service]) {
    if (values.watch === true) return watch(context, values, service)
    const found = await readStatus(context, readerOf(context), service)
    print(context, values, found)
    return found.exitCode
  },
}

/** Calm pairs whose targets are read: one call for each target group. */
const maxCalmRotations = 100

async function readStatus(
  context: VerbContext,
  reader: Reader,
  service: string | undefined,
): Promise<Status> {
  const { environment, region, account, controller } = context
  const views =
    service === undefined
      ? await readAllPairs(context, reader)
      : [await readPair(service, context, reader)]
  const interrupted = await interruptedTasks(views, reader)
  const statuses = new Map<PairView, PairStatus>()
  for (const view of views) {
    statuses.set(
      view,
      statusOf(view, interrupted.get(`${view.cluster}/${view.primary}`), undefined),
    )
  }
  const isCalm = (view: PairView) => {
    const found = statuses.get(view)
    return found !== undefined && urgencyOf(found) === exitCodes.fine
  }
  const rotated = [
    ...views.filter((view) => !isCalm(view)),
    ...views.filter(isCalm).slice(0, maxCalmRotations),
  ]
  const rotations = await readRotations(rotated, context)
  const now = await context.now()
  const pairs = views
    .flatMap((view) => {
      const found = statuses.get(view)
      return found === undefined ? [] : [{ ...found, inRotation: rotations.get(view) ?? null }]
    })
    .sort(
      (one, other) => urgencyOf(other) - urgencyOf(one) || (one.service < other.service ? -1 : 1),
    )
  const { at: reconciledAt, isRecent } = lastReconcile(views, now)
  const isAlive = views.length === 0 ? null : isRecent
  const clusters: Status['clusters'][number][] = []
  for (const name of controller.clusters) {
    const found = views.find(({ cluster }) => cluster === name)?.clusterTags
    // A cluster without pairs can be held too.
    const clusterTags = found ?? (await reader.ecs.clusterTags(name))
    const gameDay = reader.gameDays.get(name)
    clusters.push({
      name,
      settings: operatorSettings({}, clusterTags, now).tags.map(settingStatus),
      gameDay:
        gameDay === undefined
          ? null
          : gameDayText(storedIn(gameDay), now, putBackCommand(context, name)),
    })
  }
  const isSet = clusters.some(({ settings }) => settings.length > 0)
  const exitCode = Math.max(
    isAlive === false || isSet ? exitCodes.notCalm : exitCodes.fine,
    ...pairs.map(urgencyOf),
  )
  return {
    environment,
    region,
    account,
    at: new Date(now).toISOString(),
    controller: {
      function: controller.functionName,
      isAlive,
      reconciledAt: reconciledAt > 0 ? new Date(reconciledAt).toISOString() : null,
    },
    clusters,
    pairs,
    exitCode,
  }
}

function urgencyOf({ missing, states }: PairStatus): number {
  if (missing > 0) return exitCodes.short
  return states.every((state) => state === 'calm' || state === 'unseen')
    ? exitCodes.fine
    : exitCodes.notCalm
}

/** The targets that receive requests, of both services of a pair: they are in the same groups. */
async function readRotations(
  views: readonly PairView[],
  { aws }: VerbContext,
): Promise<ReadonlyMap<PairView, number>> {
  const read = targetReader(aws.loadBalancing)
  const found = new Map<PairView, number>()
  await atOnce(views, 5, async (view) => {
    const { loadBalancers = [] } =
      view.services.get(view.primary)?.serving ?? view.services.get(view.primary)?.configured ?? {}
    const groups = loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? [])
    if (groups.length === 0) return
    const counts = await Promise.all(
      groups.map(
        async (group) =>
          [...(await read(group)).values()].filter(({ state }) => state === 'healthy').length,
      ),
    )
    found.set(view, Math.min(...counts))
  })
  return found
}

function print(context: VerbContext, values: Values, found: Status): void {
  const { terminal } = context
  const width = terminal === undefined ? undefined : Math.max(60, terminal.columns)
  printFound(context, values, found, () => linesOf(found, width))
}

/** Lines of text. @param width of a terminal */
export function linesOf(found: Status, width?: number): string[] {
  const { environment, region, account, at, controller, clusters, pairs } = found
  const now = Date.parse(at)
  const noted = pairs.flatMap(({ service, settings, disagreements, invalidTags }) => [
    ...settings
      .filter(({ on }) => on === 'service')
      .map((one) => `${service}: ${settingText(one)}`),
    ...disagreements.map((text) => `${service}: ${text}`),
    ...invalidTags.map((tag) => `${service}: the value of ${tag} is invalid`),
  ])
  return [
    `${environment} (account ${account}, ${region}), ${moment(now)}`,
    ...wrap(`controller: ${aliveText(controller, now)}`, '  '),
    ...clusters.flatMap(({ name, settings, gameDay }) => [
      ...wrap(
        [
          `cluster ${name}`,
          settings
            .map((one) => settingText(one).replace(' with the whole cluster', ''))
            .join(', and '),
        ]
          .filter((text) => text !== '')
          .join(': '),
        '  ',
      ),
      ...(gameDay === null ? [] : wrap(gameDay, '  ')),
    ]),
    '',
    ...(pairs.length === 0 ? ['There are no pairs.'] : tableOf(found, width)),
    ...(noted.length > 0 ? [''] : []),
    ...noted.flatMap((text) => wrap(text, '  ')),
  ]
}

/** On a narrow terminal, names lose the prefix that all of the environment have: the command takes those too. */
function tableOf({ at, clusters, controller, pairs }: Status, width = Infinity): string[] {
  const now = Date.parse(at)
  const prefix = prefixOf(controller.function)
  const lines = (isShort: boolean) =>
    table(
      [
        { title: 'service', shrinks: true },
        ...(clusters.length > 1 ? [{ title: 'cluster', shrinks: true }] : []),
        { title: 'wanted', align: 'right' },
        { title: 'runs', align: 'right' },
        { title: 'notice', align: 'right' },
        { title: 'serves', align: 'right' },
        { title: 'standby', align: 'right' },
        { title: 'state', shrinks: true },
        { title: 'since', align: 'right' },
        { title: '$/h', align: 'right' },
      ],
      pairs.map((pair) => [
        isShort && pair.service.startsWith(prefix)
          ? pair.service.slice(prefix.length)
          : pair.service,
        ...(clusters.length > 1 ? [pair.cluster] : []),
        `${pair.wanted}`,
        `${pair.running}`,
        `${pair.interrupted}`,
        `${pair.inRotation ?? '-'}`,
        pair.standbys.map(({ running, desired }) => `${running}/${desired}`).join(' ') || '-',
        pair.states.join('+'),
        pair.since === null ? '-' : duration(now - Date.parse(pair.since)),
        pair.dollarsPerHour === null ? '?' : pair.dollarsPerHour.toFixed(2),
      ]),
      isShort ? width : undefined,
    )
  const full = lines(false)
  return full.some((line) => line.length > width) ? lines(true) : full
}

function aliveText(
  { isAlive, reconciledAt, function: name }: Status['controller'],
  now: number,
): string {
  if (isAlive === null) return `no pair yet, so it has nothing to reconcile (${name})`
  if (reconciledAt === null) return `has never reconciled (${name})`
  const last = `last reconcile ${duration(now - Date.parse(reconciledAt))} ago`
  return isAlive ? `alive, ${last}` : `DOES NOT RECONCILE, ${last}: docs/operations (${name})`
}

const watchMilliseconds = 5000

/** Calls of ECS in a second, at most: the controller needs the rest. A cluster with many pairs is read less often. */
const pairsPerSecond = 20

async function watch(
  context: VerbContext,
  values: Values,
  service: string | undefined,
): Promise<number> {
  const { signal, sleep = realSleep, terminal, environment, region } = context
  const reader = readerOf(context)
  const ended = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  let shown: Status | undefined
  let frame: Frame | undefined
  try {
    while (!signal.aborted) {
      const problem = await Promise.race([
        // A short name is resolved once.
        readStatus(context, reader, service && (shown?.pairs[0]?.service ?? service)).then(
          (found) => {
            shown = found
            return undefined
          },
          (error: unknown) => {
            const message = explain(error, { environment, region })
            // The first time it can be a wrong name. Later it is AWS, which may answer again.
            if (shown === undefined || message === undefined) throw error
            return message
          },
        ),
        ended.then(() => undefined),
      ])
      if (shown === undefined || signal.aborted) break
      // After the first read: a wrong name is reported on the terminal itself.
      if (terminal !== undefined && values.json !== true) frame ??= new Frame(terminal)
      if (problem !== undefined && frame === undefined) context.warn(problem)
      else if (frame === undefined) print(context, values, shown)
      else
        frame.show([
          ...(problem === undefined
            ? []
            : wrap(`${problem} It is tried again. This was read before:`)),
          ...linesOf(shown, frame.width),
        ])
      if (frame === undefined && values.json !== true) context.print('')
      const pause = Math.max(watchMilliseconds, (shown.pairs.length / pairsPerSecond) * 1000)
      await Promise.race([sleep(pause), ended])
    }
  } finally {
    frame?.end()
  }
  return exitCodes.fine
}

/** A picture on a terminal that is drawn over the last one, on a screen of its own. */
class Frame {
  constructor(private readonly terminal: Terminal) {
    terminal.write('\u001b[?1049h\u001b[?25l\u001b[2J')
  }

  get width(): number {
    return Math.max(60, this.terminal.columns)
  }

  show(lines: readonly string[]): void {
    const { rows, columns } = this.terminal
    const hidden = lines.length - (rows - 1)
    const shown = hidden > 0 ? [...lines.slice(0, rows - 2), `... ${hidden + 1} more lines`] : lines
    // One write, without clearing first: the picture does not flicker.
    const text = shown.map((line) => `${line.slice(0, columns)}\u001b[K`).join('\r\n')
    this.terminal.write(`\u001b[H${text}\u001b[J`)
  }

  end(): void {
    this.terminal.write('\u001b[?25h\u001b[?1049l')
  }
}
