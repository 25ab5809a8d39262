import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { TerraformToolError } from './errors'

/** Where one stack of one environment is synthesized to, and where Terraform works on it. */
export interface StackFolders {
  readonly project: string
  readonly stack: string
  readonly environment: string
  /** What `synth` writes. Nx caches it, so Terraform never writes here. */
  readonly synthesized: string
  /** A copy of it, with `.terraform`, the lock file and the plan beside it. Nx knows nothing of it. */
  readonly work: string
  readonly planFile: string
  /** Held while a command works in the folder. */
  readonly lock: string
}

/** The repository, which holds the files that all stacks share. */
export const workspace = resolve(__dirname, '../../..')

/** @param purpose what the folder is for: a validation needs no state, and one that has a backend asks for credentials */
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

/** Brings the work folder up to date with what was synthesized, and leaves Terraform's own files in place. */
export function refreshWorkFolder({ synthesized, work }: StackFolders): void {
  mkdirSync(work, { recursive: true })
  for (const entry of readdirSync(work)) {
    if (!entry.startsWith('.terraform')) rmSync(join(work, entry), { recursive: true })
  }
  cpSync(synthesized, work, { recursive: true })
}

/** A folder of the repository for what all stacks share and nobody writes by hand: git ignores `.tideway`. */
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
