import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { environmentNamed } from '@tideway/constructs/environments'
import { ciCredentials } from './ci-role'
import { terraformVariables } from './cli-configuration'
import { TerraformToolError } from './errors'
import { type ChangeSummary, describeDiagnostic, readEvent } from './events'
import { onFixtures, sampleStates } from './fixtures'
import { refreshWorkFolder, type StackFolders, sharedFolder } from './folders'
import { hintFor, isMissingUpstream, noStateBucket } from './hints'
import { oneAtATime } from './one-at-a-time'
import { elapsed, Progress } from './progress'
import { changedOutputs, consumersOf, forgetPublished, writePublished } from './published'
import { aboutFile, commitNow, readReviewed, staleness, writeAbout } from './reviewed-plan'
import { runTerraform } from './run-terraform'
import { readStackJson, type StackJson } from './stack-json'
import { StatusLine } from './status-line'
import { synthesize } from './synthesize'

interface Plan {
  readonly summary: ChangeSummary | undefined
  readonly outputs: number
  /** Whether there is anything to apply. */
  readonly changes: boolean
}

/** One command on one stack of one environment: prepared once, then run step by step. */
export class StackTerraform {
  private readonly json: StackJson
  private variables: NodeJS.ProcessEnv
  /** Whether Terraform has said that a state which this stack reads is not there. */
  private lacksUpstream = false
  private readonly status: StatusLine

  constructor(private readonly folders: StackFolders) {
    synthesize(folders)
    refreshWorkFolder(folders)
    this.json = readStackJson(folders.work)
    this.variables = terraformVariables(this.json.providers, join(folders.work, '.terraform.rc'))
    this.status = new StatusLine(process.stdout, `  ${folders.stack}: `)
  }

  async validate(): Promise<void> {
    await this.init(['-backend=false'])
    const seconds = await this.step('validate', ['validate', '-no-color'])
    this.print(`${this.title('valid')} (${seconds})`)
  }

  /** Writes the plan, as a file, as JSON and with what it is about, and prints it as Terraform words it. */
  async plan(): Promise<void> {
    const { plan, isOnFixtures } = await this.planOrSample()
    writeAbout(this.folders, {
      changes: plan.changes,
      fixtures: isOnFixtures,
      summary: plan.summary,
    })
    writeFileSync(
      join(this.folders.work, 'plan.json'),
      await this.textOf('show', '-json', this.folders.planFile),
    )
    if (plan.changes && process.env.TIDEWAY_PLAN_QUIET === undefined) {
      this.print((await this.textOf('show', '-no-color', this.folders.planFile)).trim())
    }
    this.print(`${this.title(describe(plan))}; the plan is in ${this.folders.planFile}`)
    if (isOnFixtures) this.print(this.title('planned on samples, and cannot be deployed'))
  }

  /** A plan; or where what it reads is not deployed yet, one on samples of that. */
  private async planOrSample(): Promise<{ plan: Plan; isOnFixtures: boolean }> {
    try {
      await this.init(['-reconfigure'])
      return { plan: await this.writePlan([]), isOnFixtures: false }
    } catch (error) {
      const isMissing =
        this.lacksUpstream || (error instanceof Error && noStateBucket.test(error.message))
      if (!isMissing) throw error
    }
    this.print(this.title('what it reads is not deployed yet: planned on samples instead'))
    const { work, environment } = this.folders
    const folder = join(work, '.terraform.samples')
    mkdirSync(folder, { recursive: true })
    rmSync(join(folder, 'own.tfstate'), { force: true })
    for (const [name, state] of Object.entries(sampleStates(environmentNamed(environment)))) {
      writeFileSync(join(folder, name), state)
    }
    const file = join(work, 'cdk.tf.json')
    writeFileSync(file, JSON.stringify(onFixtures(JSON.parse(readFileSync(file, 'utf8')), folder)))
    await this.init(['-reconfigure'])
    return { plan: await this.writePlan([]), isOnFixtures: true }
  }

  /**
   * Plans, and applies exactly that plan; or one that was reviewed, if nothing has changed since.
   *
   * @param reviewed the folder of reviewed plans, one folder for each stack in it
   */
  async deploy(reviewed?: string): Promise<void> {
    forgetPublished(this.folders)
    await this.init(['-reconfigure'])
    const plan =
      reviewed === undefined
        ? await this.writePlan([])
        : await this.reviewedPlan(resolve(process.env.INIT_CWD ?? '.', reviewed))
    const mayPublish = plan.changes && (reviewed !== undefined || plan.outputs > 0)
    const before = mayPublish ? await this.outputs() : {}
    await this.applyPlan(plan, 'deployed')
    if (mayPublish) this.publish(changedOutputs(before, await this.outputs()))
  }

  /** Tells who reads what is different now: their stacks know the old values until they are planned again. */
  private publish(outputs: readonly string[]): void {
    if (outputs.length === 0) return
    writePublished(this.folders, { outputs })
    const { stack, environment } = this.folders
    const consumers = consumersOf(stack)
    const commands = consumers.map((name) => `npx nx plan ${name} -c ${environment}`)
    const note =
      consumers.length === 0 ? '' : `; read by ${consumers.join(', ')}: ${commands.join(', ')}`
    this.print(`${this.title(`publishes anew: ${outputs.join(', ')}`)}${note}`)
  }

  private async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.textOf('output', '-json'))
  }

  /** Refuses a plan that is not for what is here now, and says what has changed. */
  private async reviewedPlan(folder: string): Promise<Plan> {
    const { stack, environment, planFile, work } = this.folders
    const found = readReviewed(folder, stack)
    const state = await this.textOf('state', 'pull')
    const { serial = 0, lineage = '' } = state.trim() === '' ? {} : JSON.parse(state)
    const reasons = staleness(found, {
      stack,
      environment,
      commit: commitNow(),
      state: { serial, lineage },
    })
    if (reasons.length > 0) {
      throw new TerraformToolError(
        [
          this.title('the reviewed plan is stale, and nothing is deployed'),
          ...reasons.map((reason) => `  ${reason}`),
          `Plan and review anew: npx nx plan ${stack} -c ${environment}`,
        ].join('\n'),
      )
    }
    copyFileSync(found.plan, planFile)
    rmSync(join(work, aboutFile), { force: true })
    this.print(`  ${stack}: applies the plan that was reviewed`)
    return { summary: found.about.summary, outputs: 0, changes: found.about.changes }
  }

  async destroy(): Promise<void> {
    await this.init(['-reconfigure'])
    await this.applyPlan(await this.writePlan(['-destroy']), 'destroyed')
  }

  /**
   * Deploys the stack that makes the bucket for its own state: the first time with the state in a
   * file here, which then moves into the bucket. Interrupted anywhere in between, it goes on from the file.
   */
  async bootstrap(): Promise<void> {
    if (!existsSync(this.firstState) && (await this.bucketExists())) return this.deploy()
    const override = join(this.folders.work, 'first_override.tf.json')
    const backend = { local: { path: this.firstState } }
    writeFileSync(override, JSON.stringify({ terraform: { backend } }))
    await this.init(['-reconfigure'])
    await this.applyPlan(await this.writePlan([]), 'deployed')
    rmSync(override)
    await this.init(['-migrate-state', '-force-copy'])
    rmSync(this.firstState)
    rmSync(`${this.firstState}.backup`, { force: true })
    this.print(this.title('state moved into its bucket'))
  }

  /** Kept by refreshWorkFolder, for its name. */
  private get firstState(): string {
    return join(this.folders.work, '.terraform.first.tfstate')
  }

  private async bucketExists(): Promise<boolean> {
    try {
      await this.init(['-reconfigure'])
      return true
    } catch (error) {
      if (error instanceof TerraformToolError && noStateBucket.test(error.message)) return false
      throw error
    }
  }

  /** One at a time on this machine: two at once damage the provider cache that they share. */
  private async init(options: readonly string[]): Promise<void> {
    this.variables = { ...this.variables, ...(await ciCredentials(this.folders)) }
    const args = ['init', '-no-color', ...options]
    await oneAtATime(
      join(sharedFolder('locks'), 'init'),
      () => this.step('init', args),
      (holder) => this.print(`  ${this.folders.stack}: init waits for process ${holder}`),
    )
  }

  private async writePlan(options: readonly string[]): Promise<Plan> {
    const { planFile } = this.folders
    const args = ['plan', '-json', '-detailed-exitcode', `-out=${planFile}`, ...options]
    const { code, progress } = await this.watched(args)
    // The counts know resources only. New outputs, and resources that move, are changes as well.
    return { summary: progress.summary, outputs: progress.changedOutputs, changes: code === 2 }
  }

  /** What a command of Terraform prints. */
  private async textOf(...args: readonly string[]): Promise<string> {
    const lines: string[] = []
    const { code, stderr } = await runTerraform(args, {
      folder: this.folders.work,
      variables: this.variables,
      onLine: (line) => lines.push(line),
    })
    if (code !== 0) throw new TerraformToolError(stderr.trim())
    return lines.join('\n')
  }

  private async applyPlan(plan: Plan, done: string): Promise<void> {
    try {
      if (!plan.changes) return this.print(this.title('no changes'))
      this.print(`  ${this.folders.stack}: ${describe(plan)}`)
      const started = performance.now()
      await this.watched(['apply', '-json', this.folders.planFile], countOf(plan.summary))
      this.print(`${this.title(done)} in ${elapsed(performance.now() - started)}`)
    } finally {
      // It cannot be applied twice, and it holds values in clear.
      rmSync(this.folders.planFile, { force: true })
    }
  }

  /** A step that is quiet unless it fails, and then tells all. Answers how long it took. */
  private async step(name: string, args: readonly string[]): Promise<string> {
    const started = performance.now()
    const output: string[] = []
    this.status.start(() => `${name}, ${elapsed(performance.now() - started)}`)
    const result = await runTerraform(args, {
      folder: this.folders.work,
      variables: this.variables,
      onLine: (line) => output.push(line),
    }).finally(() => this.status.stop())
    if (result.code !== 0) {
      const text = `${output.join('\n')}\n${result.stderr}`.trim()
      const hint = hintFor({ severity: 'error', summary: text }, this.folders)
      throw new TerraformToolError(
        [this.title(`terraform ${name} failed`), text, hint].filter(Boolean).join('\n'),
      )
    }
    return elapsed(performance.now() - started)
  }

  /** A step with progress, from the events that Terraform tells of it. */
  private async watched(
    args: readonly string[],
    total?: number,
  ): Promise<{ code: number; progress: Progress }> {
    const started = performance.now()
    const progress = new Progress(() => performance.now(), total)
    const name = args[0] ?? ''
    const hints = new Set<string>()
    this.status.start(
      () => `${name}, ${elapsed(performance.now() - started)}: ${progress.line(this.json.pathOf)}`,
    )
    const { code, stderr } = await runTerraform(args, {
      folder: this.folders.work,
      variables: this.variables,
      onLine: (line) => {
        const event = readEvent(line)
        if (event === undefined) return
        if ('text' in event) return this.print(event.text)
        progress.take(event)
        if (event.type !== 'diagnostic') return
        this.print(describeDiagnostic(event.diagnostic, this.json.pathOf))
        this.lacksUpstream ||= isMissingUpstream(event.diagnostic)
        const hint = hintFor(event.diagnostic, this.folders)
        if (hint !== undefined) hints.add(hint)
      },
    }).finally(() => this.status.stop())
    if (code !== 0 && !(code === 2 && args.includes('-detailed-exitcode'))) {
      const failed = this.title(`terraform ${name} failed`)
      throw new TerraformToolError([failed, stderr.trim(), ...hints].filter(Boolean).join('\n'))
    }
    return { code, progress }
  }

  private title(text: string): string {
    return `${this.folders.stack} in ${this.folders.environment}: ${text}`
  }

  private print(text: string): void {
    this.status.print(text)
  }
}

/** Undefined where nobody knows, as of an older plan. */
function countOf(summary: ChangeSummary | undefined): number | undefined {
  if (summary === undefined) return undefined
  const { add, change, remove, import: imports = 0 } = summary
  return add + change + remove + imports
}

function describe({ summary, outputs, changes }: Plan): string {
  if (!changes) return 'no changes'
  const { add = 0, change = 0, remove = 0 } = summary ?? {}
  const resources = `${add} to add, ${change} to change, ${remove} to destroy`
  return outputs === 0 ? resources : `${resources}, ${outputs} outputs change`
}
