import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type StackJson as ReferableJson,
  ReferenceResolver,
  referencesIn,
  type Values,
} from '@tideway/constructs/references'
import { stackNames } from '@tideway/constructs/stacks'
import { workspace } from '@tideway/terraform/folders'
import { synthesizeProjects } from '@tideway/terraform/synthesize'

/** The attributes of a resource, by their Terraform names. */
export type Block = Values

/** The parts of a synthesized stack that the checks read. */
export interface StackJson extends ReferableJson {
  readonly terraform?: { readonly backend?: { readonly s3?: { readonly bucket?: string } } }
}

export interface Found {
  readonly stack: string
  readonly id: string
  readonly block: Block
}

/** All stacks of an environment, as they would be deployed, and the bootstrap. */
export class Platform {
  private readonly resolver: ReferenceResolver

  constructor(readonly stacks: Readonly<Record<string, StackJson>>) {
    this.resolver = new ReferenceResolver(stacks)
  }

  resources(type: string): Found[] {
    return this.found('resource', type)
  }

  data(type: string): Found[] {
    return this.found('data', type)
  }

  has(...types: readonly string[]): boolean {
    return types.some((type) => this.resources(type).length > 0)
  }

  /** The resource or data source that a reference of a stack names, through the outputs of other stacks. */
  referred(stack: string, reference: unknown): (Found & { readonly type: string }) | undefined {
    if (typeof reference !== 'string') return undefined
    const [, dataType = '', dataId = ''] =
      /^\$\{data\.(\w+)\.([\w-]+)\.\w+\}$/.exec(reference) ?? []
    const data = this.stacks[stack]?.data?.[dataType]?.[dataId]
    if (data !== undefined && dataType !== 'terraform_remote_state') {
      return { stack, id: dataId, type: dataType, block: data }
    }
    const [first] = referencesIn(reference)
    const target = first && this.resolver.target(stack, first)
    if (target === undefined) return undefined
    if (target.kind === 'output') return this.referred(target.stack, target.value)
    return { stack: target.stack, id: target.id, type: target.type, block: target.values }
  }

  private found(kind: 'resource' | 'data', type: string): Found[] {
    return Object.entries(this.stacks).flatMap(([stack, json]) =>
      Object.entries(json[kind]?.[type] ?? {}).map(([id, block]) => ({ stack, id, block })),
    )
  }
}

/** Synthesizes all stacks: a preflight of an old JSON would check another platform. */
export async function synthesizePlatform(environment: string): Promise<Platform> {
  const projects = [...stackNames.map((name) => `apps/${name}`), 'tools/bootstrap'].map((project) =>
    join(workspace, project),
  )
  const synthesized = await synthesizeProjects(projects, [environment])
  return new Platform(
    Object.fromEntries(
      synthesized.map(({ stack, synthesized: folder }) => [
        stack,
        JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8')) as StackJson,
      ]),
    ),
  )
}

/** One nested block, or each of a list: cdktf writes a single block without its list. */
export function blocksOf(value: unknown): Block[] {
  const list = Array.isArray(value) ? value : [value]
  return list.filter((item): item is Block => typeof item === 'object' && item !== null)
}

export function blockOf(value: unknown, ...names: readonly string[]): Block {
  return names.reduce<Block>(
    (inner, name) => blocksOf(inner[name])[0] ?? {},
    blocksOf(value)[0] ?? {},
  )
}

export function numberOf(value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : 0
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
