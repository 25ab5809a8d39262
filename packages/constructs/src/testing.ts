import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { type App, type TerraformStack, Testing } from 'cdktf'
import { invokeAspects } from 'cdktf/lib/synthesize/synthesizer'
import type { Environment } from './environment'
import { referencesIn } from './references'

/** A block of synthesized JSON: attributes by their Terraform names. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of several hundred shapes, read by tests only, which check the values
export type Block = Record<string, any>

/** The synthesized JSON of a stack. */
export interface Synthesized {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Block>>>>
  readonly data?: Readonly<Record<string, Readonly<Record<string, Block>>>>
  readonly output?: Readonly<Record<string, Block>>
  readonly provider?: Readonly<Record<string, readonly Block[]>>
  readonly terraform: Block
  readonly moved?: readonly { readonly from: string; readonly to: string }[]
  readonly ephemeral?: Readonly<Record<string, Readonly<Record<string, Block>>>>
  readonly locals?: Readonly<Record<string, unknown>>
}

/** An app for tests. `Testing.app()` alone creates a new folder each time. */
export function testApp(): App {
  return Testing.app({ outdir: join(tmpdir(), 'tideway-test-app') })
}

/** An environment for tests. */
export function testEnvironment(overrides: Partial<Environment> = {}): Environment {
  return {
    name: 'test',
    account: '123456789012',
    region: 'eu-central-1',
    availabilityZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
    vpcCidr: '10.0.0.0/16',
    domain: 'test.example',
    privateDomain: 'test.internal',
    protectData: true,
    logRetentionDays: 30,
    alarmEmails: ['oncall@test.example'],
    costCentre: 'tests',
    endpoints: 'aws',
    ...overrides,
  }
}

/** Synthesizes as a deploy does: with aspects, validations and metadata. */
export function synthesized(stack: TerraformStack): Synthesized {
  stack.prepareStack()
  invokeAspects(stack)
  stack.runAllValidations()
  return JSON.parse(JSON.stringify(stack.toTerraform()), (_, value) => Object.freeze(value))
}

/** Builds and synthesizes a stack once for equal arguments: tests only read the result. */
export function synthesizedOnce<Args extends readonly unknown[]>(
  build: (...args: Args) => TerraformStack,
): (...args: Args) => Synthesized {
  const results = new Map<string, Synthesized>()
  return (...args) => {
    const key = inspect(args, { depth: null, maxArrayLength: null, maxStringLength: null })
    const result = results.get(key) ?? synthesized(build(...args))
    results.set(key, result)
    return result
  }
}

/** All resources of a type, by logical id. */
export function resourcesOf(json: Synthesized, type: string): Readonly<Record<string, Block>> {
  return json.resource?.[type] ?? {}
}

/** The only resource of a type. */
export function soleResource(json: Synthesized, type: string): Block {
  return sole(Object.entries(resourcesOf(json, type)), type)
}

/** The resource of a type at the end of a construct path, which is stable where the logical id has a hash. */
export function resourceAt(json: Synthesized, type: string, path: string): Block {
  const found = Object.entries(resourcesOf(json, type)).filter(([, block]) =>
    `/${block['//'].metadata.path}`.endsWith(`/${path}`),
  )
  return sole(found, `${type} at ${path}`)
}

/** The Terraform reference to an attribute of a resource. */
export function referenceTo(json: Synthesized, type: string, block: Block, attribute: string) {
  const id = Object.entries(resourcesOf(json, type)).find(([, other]) => other === block)?.[0]
  if (id === undefined) throw new Error(`the block is not a ${type} of this stack`)
  return `\${${type}.${id}.${attribute}}`
}

/** The Terraform reference to an attribute of the resource at a construct path. */
export function referenceAt(json: Synthesized, type: string, path: string, attribute = 'id') {
  return referenceTo(json, type, resourceAt(json, type, path), attribute)
}

/** The resource that a reference points to. */
export function referred(json: Synthesized, reference: string): Block {
  const [found] = referencesIn(reference)
  const block = found?.kind === 'resource' ? resourcesOf(json, found.type)[found.id] : undefined
  if (block === undefined) throw new Error(`${reference} points to no resource of this stack`)
  return block
}

/** The address of the resource at a construct path, as in `depends_on`. */
export function addressAt(json: Synthesized, type: string, path: string): string {
  return referenceAt(json, type, path, 'id').slice('${'.length, -'.id}'.length)
}

/** The statements of a policy attribute. */
export function statementsOf(policy: string): Block[] {
  return JSON.parse(policy).Statement
}

/** The statements of a key policy for services: all but the one for the account. */
export function servicesOf(key: Block): Block[] {
  return statementsOf(key.policy).filter(({ Principal }) => Principal.Service !== undefined)
}

export function isProtected({ lifecycle }: Block): boolean {
  return lifecycle?.prevent_destroy === true
}

function sole(found: readonly (readonly [string, Block])[], what: string): Block {
  const [first, ...others] = found
  if (first === undefined || others.length > 0) {
    throw new Error(`expected one ${what}, found ${found.length}: ${found.map(([id]) => id)}`)
  }
  return first[1]
}
