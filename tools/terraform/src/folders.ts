import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
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
}

/** The repository, which holds the files that all stacks share. */
export const workspace = resolve(__dirname, '../../..')

export function stackFolders(project: string, environment: string): StackFolders {
  const stack = stackOf(project)
  const work = join(project, '.tf', environment)
  return {
    project,
    stack,
    environment,
    synthesized: join(project, 'cdktf.out', environment, 'stacks', stack),
    work,
    planFile: join(work, 'plan.tfplan'),
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

/** A file or folder of the repository that is nobody's source: `.tideway` is ignored by git. */
export function sharedFile(name: string): string {
  const file = join(workspace, '.tideway', name)
  mkdirSync(dirname(file), { recursive: true })
  return file
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
