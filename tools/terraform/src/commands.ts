import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environmentNamed } from '@tideway/constructs/environments'
import { ciCredentials } from './ci-role'
import { terraformVariables } from './cli-configuration'
import { CriticalPath, pathLine } from './critical-path'
import { dnsOptions, ensureDelegation } from './delegation'
import { TerraformToolError } from './errors'
import { type ChangeSummary, describeDiagnostic, readEvent } from './events'
import { refreshWorkFolder, type StackFolders, sharedFolder } from './folders'
import { hintFor, isMissingUpstream, noStateBucket } from './hints'
import { oneAtATime } from './one-at-a-time'
import { elapsed, Progress } from './progress'
import { changedOutputs, clearPublished, consumersOf, writePublished } from './published'
import { aboutFile, commitNow, readReviewed, staleness, writeAbout } from './reviewed-plan'
import { runTerraform } from './run-terraform'
import { sampleStates, withSampleStates } from './sample-states'
import { readStackJson, type StackJson } from './stack-json'
import { StatusLine } from './status-line'
import { isSynthesized, synthesize } from './synthesize'

interface Plan {
  readonly summary: ChangeSummary | undefined
  readonly outputs: number
  readonly changes: boolean
}

/** Runs one command on one stack of one environment. */
export class StackTerraform {
  private readonly json: StackJson
  private variables: NodeJS.ProcessEnv
  /** Whether Terraform reported that the state of an upstream stack does not exist. */
  private lacksUpstream = false
  private readonly status: StatusLine

  constructor(private readonly folders: StackFolders) {
    if (!isSynthesized(folders.environment)) synthesize(folders)
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

  /** Writes the plan as a file, as JSON and with its description, and prints it. */
  async plan(): Promise<void> {
    const { plan, usesSamples } = await this.planOrSample()
    writeAbout(this.folders, {
      changes: plan.changes,
      usesSamples,
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
    if (usesSamples) this.print(this.title('planned on sample outputs, so it cannot be deployed'))
  }

  /** Plans; where an upstream stack is not deployed yet, plans on samples of its outputs. */
  private async planOrSample(): Promise<{ plan: Plan; usesSamples: boolean }> {
    try {
      await this.init(['-reconfigure'])
      return { plan: await this.writePlan([]), usesSamples: false }
    } catch (error) {
      const isMissing =
        this.lacksUpstream || (error instanceof Error && noStateBucket.test(error.message))
      if (!isMissing) throw error
    }
    this.print(this.title('an upstream stack is not deployed yet: planned on sample outputs'))
    const { work, environment } = this.folders
    const folder = join(work, '.terraform.samples')
    mkdirSync(folder, { recursive: true })
    rmSync(join(folder, 'own.tfstate'), { force: true })
    for (const [name, state] of Object.entries(sampleStates(environmentNamed(environment)))) {
      writeFileSync(join(folder, name), state)
    }
    const file = join(work, 'cdk.tf.json')
    writeFileSync(
      file,
      JSON.stringify(withSampleStates(JSON.parse(readFileSync(file, 'utf8')), folder)),
    )
    await this.init(['-reconfigure'])
    return { plan: await this.writePlan([]), usesSamples: true }
  }

  /**
   * Plans and applies exactly that plan, or applies a reviewed plan if nothing has changed since.
   *
   * @param reviewed the folder of reviewed plans, with a folder for each stack
   */
  async deploy(reviewed?: string): Promise<void> {
    clearPublished(this.folders)
    await this.init(['-reconfigure'])
    await untilTurn()
    const plan =
      reviewed === undefined
        ? await this.writePlan([])
        : await this.reviewedPlan(resolve(process.env.INIT_CWD ?? '.', reviewed))
    // The local cloud deploys the stacks that read it next.
    const isReported = process.env.TIDEWAY_TURN === undefined
    const mayPublish = isReported && plan.changes && (reviewed !== undefined || plan.outputs > 0)
    const before = mayPublish ? await this.outputs() : {}
    await this.checkDelegation(plan)
    await this.applyPlan(plan, 'deployed')
    if (mayPublish) this.publish(changedOutputs(before, await this.outputs()))
  }

  /** Before anything starts: a certificate without a delegation would wait for an hour, and then fail. */
  private async checkDelegation({ changes }: Plan): Promise<void> {
    const { domain, endpoints } = environmentNamed(this.folders.environment)
    const { TIDEWAY_DELEGATION: mode, TIDEWAY_RESOLVER: resolver } = process.env
    // The emulator has no DNS unless a resolver is named. Its certificates do not wait.
    if (!changes || !this.json.validatesCertificates || (endpoints === 'emulator' && !resolver))
      return
    try {
      await ensureDelegation(
        JSON.parse(await this.textOf('show', '-json', this.folders.planFile)),
        {
          domain,
          mode,
          dns: dnsOptions(resolver),
          print: (text) => this.print(text),
          pause: () => new Promise((resume) => setTimeout(resume, 15_000)),
        },
      )
    } catch (error) {
      // It contains secrets in plain text.
      rmSync(this.folders.planFile, { force: true })
      if (!(error instanceof TerraformToolError)) throw error
      throw new TerraformToolError(`${this.title('nothing is deployed')}\n${error.message}`)
    }
  }

  /** Reports the stacks that read a changed output: they use the old values until they are deployed again. */
  private publish(outputs: readonly string[]): void {
    if (outputs.length === 0) return
    writePublished(this.folders, outputs)
    const { stack, environment } = this.folders
    const consumers = consumersOf(stack)
    const commands = consumers.map((name) => `npx nx plan ${name} -c ${environment}`)
    const note =
      consumers.length === 0 ? '' : `; read by ${consumers.join(', ')}: ${commands.join(', ')}`
    this.print(`${this.title(`changed outputs: ${outputs.join(', ')}`)}${note}`)
  }

  private async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.textOf('output', '-json'))
  }

  /** Rejects a plan whose code or state has changed since, and reports the changes. */
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
          `Plan and review again: npx nx plan ${stack} -c ${environment}. In CI, run all jobs of this run again.`,
        ].join('\n'),
      )
    }
    copyFileSync(found.plan, planFile)
    rmSync(join(work, aboutFile), { force: true })
    this.print(`  ${stack}: applies the reviewed plan`)
    return { summary: found.about.summary, outputs: 0, changes: found.about.changes }
  }

  async destroy(): Promise<void> {
    await this.init(['-reconfigure'])
    const plan = await this.writePlan(['-destroy'])
    await untilTurn()
    await this.applyPlan(plan, 'destroyed')
  }

  /**
   * Deploys the stack that creates the bucket for its own state. The first deploy keeps the state in a file and then
   * moves it into the bucket; after an interruption, the next run continues from the file. A bucket that exists without
   * such a state, as in the local cloud, is imported.
   */
  async bootstrap(): Promise<void> {
    if (!existsSync(this.firstState) && (await this.bucketExists())) {
      const imports = this.json.ownBucket === undefined ? [] : [this.json.ownBucket]
      writeFileSync(join(this.folders.work, 'import.tf.json'), JSON.stringify({ import: imports }))
      return this.deploy()
    }
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

  /** The name starts with `.terraform`, so that refreshWorkFolder keeps the file. */
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

  /** Runs one init at a time in this clone: parallel inits damage the shared provider cache. */
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
    const { code, progress } = await this.withProgress(args)
    // The summary counts resources only. Changed outputs and moved resources are changes as well.
    return { summary: progress.summary, outputs: progress.changedOutputs, changes: code === 2 }
  }

  /** The output of a Terraform command. */
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
      const args = ['apply', '-json', this.folders.planFile]
      const { path } = await this.withProgress(args, countOf(plan.summary))
      const milliseconds = performance.now() - started
      this.print(
        `${this.title(done)} in ${elapsed(milliseconds)}; ${pathLine(path.steps(), this.json.pathOf)}`,
      )
    } finally {
      // The plan cannot be applied twice, and it contains secrets in plain text.
      rmSync(this.folders.planFile, { force: true })
    }
  }

  /** Runs a step that prints nothing unless it fails. Returns its duration. */
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

  /** Runs a step and shows its progress from Terraform's events. */
  private async withProgress(
    args: readonly string[],
    total?: number,
  ): Promise<{ code: number; progress: Progress; path: CriticalPath }> {
    const started = performance.now()
    const progress = new Progress(() => performance.now(), total)
    const path = new CriticalPath(this.json.ordered)
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
        progress.update(event)
        path.update(event)
        // For the local cloud, which shows the progress of each resource.
        if (process.env.TIDEWAY_EVENTS === 'on' && name === 'apply') this.print(line)
        if (event.type !== 'diagnostic') return
        this.print(describeDiagnostic(event.diagnostic, this.json.pathOf))
        this.lacksUpstream ||= isMissingUpstream(event.diagnostic)
        const hint = hintFor(event.diagnostic, this.folders, this.json.regionOf)
        if (hint !== undefined) hints.add(hint)
      },
    }).finally(() => this.status.stop())
    if (code !== 0 && !(code === 2 && args.includes('-detailed-exitcode'))) {
      const failed = this.title(`terraform ${name} failed`)
      throw new TerraformToolError([failed, stderr.trim(), ...hints].filter(Boolean).join('\n'))
    }
    return { code, progress, path }
  }

  private title(text: string): string {
    return `${this.folders.stack} in ${this.folders.environment}: ${text}`
  }

  private print(text: string): void {
    this.status.print(text)
  }
}

/**
 * The local cloud prepares a stack while those before it still change: it creates the file that TIDEWAY_TURN names when
 * they are done.
 */
async function untilTurn(): Promise<void> {
  const file = process.env.TIDEWAY_TURN
  while (file && !existsSync(file)) await sleep(50)
}

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
