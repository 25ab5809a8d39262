import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { environments } from '@tideway/constructs/environments'
import { type StackName, stackNames } from '@tideway/constructs/stacks'
import { affectedStacks } from './affected-stacks'
import { TerraformToolError } from './errors'
import { stackFolders, workspace } from './folders'
import { consumersOf, readPublished } from './published'

const usage = `npm run deploy -- [STACK...] -c ENV [--base REV] [--plans DIR] [--result FILE]

Deploys stacks one after the other, upstream first: the named ones, or those that the changes since --base
(default: the main branch) affect. If a deploy changes an output that other stacks read, this run reports
those stacks and plans them again.

  -c ENV        the environment
      --base    the revision to compare with
      --plans   apply the reviewed plans in DIR/<stack>/, if nothing has changed since; see docs/plan-review.md
      --result  write into FILE, as JSON, which stacks were \`deployed\`, and which are \`stale\`: they read outputs
                that this run changed, and were not deployed since
`

/** Deploys or plans a stack. */
export interface Runner {
  run(
    target: 'deploy' | 'plan',
    stack: StackName,
    environment: string,
    options: readonly string[],
  ): Promise<boolean>
  published(stack: StackName, environment: string): readonly string[]
  /** Called after each deploy, so that nothing is lost where a later one fails or the run is cancelled. */
  progress(result: Progress): void
}

export interface Progress {
  readonly deployed: readonly StackName[]
  /** Readers of outputs that this run changed, which it has not deployed since. */
  readonly stale: readonly StackName[]
}

export interface DeployRequest {
  readonly stacks: readonly StackName[]
  readonly environment: string
  readonly plans: string | undefined
}

export interface DeployResult {
  readonly deployed: readonly StackName[]
  readonly failed: StackName | undefined
  /** Readers of changed outputs that this run planned again and did not deploy. */
  readonly replanned: readonly StackName[]
  /** Stacks whose reviewed plan is based on outputs that this run changed: review them again. */
  readonly outdated: readonly StackName[]
}

export async function deploy(
  { stacks, environment, plans }: DeployRequest,
  runner: Runner,
): Promise<DeployResult> {
  const ordered = stackNames.filter((name) => stacks.includes(name))
  const deployed: StackName[] = []
  const outdated = new Set<StackName>()
  const stale = new Set<StackName>()
  for (const stack of ordered) {
    // Its reviewed plan uses the old outputs of an upstream stack.
    if (outdated.has(stack)) continue
    const options = plans === undefined ? [] : [`--plans=${plans}`]
    if (!(await runner.run('deploy', stack, environment, options))) {
      return { deployed, failed: stack, replanned: [], outdated: [...outdated] }
    }
    deployed.push(stack)
    stale.delete(stack)
    if (runner.published(stack, environment).length > 0) {
      for (const consumer of consumersOf(stack)) {
        stale.add(consumer)
        // Without reviewed plans, its deploy makes a new plan with the new outputs.
        if (plans !== undefined && ordered.includes(consumer)) outdated.add(consumer)
      }
    }
    runner.progress({ deployed, stale: stackNames.filter((name) => stale.has(name)) })
  }
  const replanned: StackName[] = []
  for (const stack of stackNames.filter((name) => stale.has(name))) {
    if (!(await runner.run('plan', stack, environment, []))) {
      return { deployed, failed: stack, replanned, outdated: [...outdated] }
    }
    replanned.push(stack)
  }
  return { deployed, failed: undefined, replanned, outdated: [...outdated] }
}

const byNx = (result: string | undefined): Runner => ({
  run: (target, stack, environment, options) =>
    new Promise((resolve, reject) => {
      const flags = ['-c', environment, '--excludeTaskDependencies', '--output-style=stream']
      const child = spawn('npx', ['nx', target, stack, ...flags, ...options], {
        cwd: workspace,
        stdio: 'inherit',
        env: { ...process.env, NX_TUI: 'false' },
      })
      child.on('error', reject)
      child.on('close', (code) => resolve(code === 0))
    }),
  published: (stack, environment) =>
    readPublished(stackFolders(join(workspace, 'apps', stack), environment)),
  progress: (made) => {
    if (result !== undefined) writeFileSync(result, JSON.stringify(made))
  },
})

/** Undefined for --help. */
export function requestOf(
  args: readonly string[],
): (DeployRequest & { result: string | undefined }) | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      configuration: { type: 'string', short: 'c' },
      base: { type: 'string' },
      plans: { type: 'string' },
      result: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return undefined
  const environment = values.configuration ?? ''
  if (!Object.hasOwn(environments, environment)) {
    throw new TerraformToolError(
      `-c: must name an environment: ${Object.keys(environments).join(', ')}; got "${environment}".`,
    )
  }
  const unknown = positionals.find((name) => !(stackNames as readonly string[]).includes(name))
  if (unknown !== undefined) {
    throw new TerraformToolError(`${unknown}: must name a stack: ${stackNames.join(', ')}.`)
  }
  const named = stackNames.filter((name) => positionals.includes(name))
  return {
    environment,
    plans: values.plans,
    result: values.result,
    stacks: named.length > 0 ? named : affectedStacks(values.base),
  }
}

async function main(args: readonly string[]): Promise<number> {
  const request = requestOf(args)
  if (request === undefined) {
    process.stdout.write(usage)
    return 0
  }
  const { environment } = request
  if (request.stacks.length === 0) {
    process.stdout.write('No stack is affected: nothing is deployed.\n')
    return 0
  }
  process.stdout.write(`${environment}: ${request.stacks.join(', then ')}\n`)
  const { deployed, failed, replanned, outdated } = await deploy(request, byNx(request.result))
  const print = (text: string) => process.stdout.write(`${text}\n`)
  if (deployed.length > 0) print(`deployed in ${environment}: ${deployed.join(', ')}`)
  for (const stack of replanned) {
    print(
      outdated.includes(stack)
        ? `${stack}: its reviewed plan is based on outputs that this run changed, so it was not applied. Review the new plan above.`
        : `${stack}: reads outputs that this run changed; its plan is above. To deploy it: npm run deploy -- ${stack} -c ${environment}`,
    )
  }
  if (failed !== undefined) print(`${failed} failed, and the stacks after it were not deployed`)
  return failed !== undefined || outdated.length > 0 ? 1 : 0
}

if (require.main === module) {
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code
    },
    (error: Error) => {
      const isExpected = error.name === 'TerraformToolError' || 'code' in error
      process.stderr.write(`${isExpected ? error.message : error.stack}\n`)
      process.exitCode = 1
    },
  )
}
