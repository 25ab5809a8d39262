import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { TerraformToolError } from './errors'

/** The folders of one stack in one environment. */
export interface StackFolders {
  readonly project: string
  readonly stack: string
  readonly environment: string
  /** The output of `synth`. Nx caches it, so Terraform never writes here. */
  readonly synthesized: string
  /** A copy of it, with `.terraform`, the lock file and the plan. Nx does not cache it. */
  readonly work: string
  readonly planFile: string
  /** A command holds this lock while it works in the folder. */
  readonly lock: string
}

/** The root of the repository. */
export const workspace = resolve(__dirname, '../../..')

/** @param purpose `validate` gets a separate folder without a backend, because a backend requires credentials */
export function stackFolders(
  project: string,
  environment: string,
  purpose: 'change' | 'validate' = 'change',
): StackFolders {
  const stack = stackOf(project)
  const work = join(
    project,
    '.tf',
    purpose === 'validate' ? `validate-${environment}` : environment,
  )
  return {
    project,
    stack,
    environment,
    synthesized: join(project, 'cdktf.out', environment, 'stacks', stack),
    work,
    planFile: join(work, 'plan.tfplan'),
    lock: `${work}.lock`,
  }
}

/** Updates the work folder from the synthesized files, and keeps Terraform's own files. */
export function refreshWorkFolder({ synthesized, work }: StackFolders): void {
  mkdirSync(work, { recursive: true })
  for (const entry of readdirSync(work)) {
    if (!entry.startsWith('.terraform')) rmSync(join(work, entry), { recursive: true })
  }
  cpSync(synthesized, work, { recursive: true })
}

/** A folder for generated files that all stacks share. Git ignores `.tideway`. */
export function sharedFolder(name: string): string {
  const folder = join(workspace, '.tideway', name)
  mkdirSync(folder, { recursive: true })
  return folder
}

function stackOf(project: string): string {
  const file = join(project, 'package.json')
  const name = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).nx?.name : undefined
  if (typeof name !== 'string' || !existsSync(join(project, 'cdktf.json'))) {
    throw new TerraformToolError(
      `${project} is not a stack: it has no cdktf.json, or no nx.name in its package.json. Run this from the folder of an app, or by Nx: npx nx plan network -c dev`,
    )
  }
  return name
}
