import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RequiredProvider } from './cli-configuration'
import type { OrderedJson } from './critical-path'

interface SynthesizedJson extends OrderedJson {
  readonly terraform: {
    readonly required_providers?: Readonly<Record<string, RequiredProvider>>
    readonly backend?: { readonly s3?: { readonly bucket?: string } }
  }
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Block>>>>
  readonly provider?: Readonly<Record<string, readonly { alias?: string; region?: string }[]>>
}

interface Block {
  /** `aws.us_east_1`: the name of a provider and its alias. */
  readonly provider?: string
  readonly bucket?: unknown
  readonly '//'?: { readonly metadata?: { readonly path?: string } }
}

/** The parts of a synthesized stack that the wrapper uses. */
export interface StackJson {
  readonly providers: readonly RequiredProvider[]
  /** Whether it creates certificates, which wait for the delegation of the domain. */
  readonly validatesCertificates: boolean
  /** The import of the bucket that keeps the state of the stack, if the stack creates it. */
  readonly ownBucket: { readonly to: string; readonly id: string } | undefined
  /** Orders the changes of an apply. */
  readonly ordered: OrderedJson
  /** The construct of an address: `data/database/cluster (aws_rds_cluster)`. */
  pathOf(address: string): string
  /** The region of the provider of an address. */
  regionOf(address: string): string | undefined
}

export function readStackJson(folder: string): StackJson {
  const json: SynthesizedJson = JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8'))
  const blockAt = (address: string) => {
    const [type = '', id = ''] = address.split('.')
    return json.resource?.[type]?.[id]
  }
  return {
    providers: Object.values(json.terraform.required_providers ?? {}),
    ownBucket: ownBucketOf(json),
    validatesCertificates: json.resource?.aws_acm_certificate_validation !== undefined,
    ordered: json,
    pathOf(address) {
      const path = blockAt(address)?.['//']?.metadata?.path
      return path === undefined ? address : `${path} (${address.split('.')[0]})`
    },
    regionOf(address) {
      const [name = 'aws', alias] = blockAt(address)?.provider?.split('.') ?? []
      return json.provider?.[name]?.find((each) => each.alias === alias)?.region
    },
  }
}

function ownBucketOf({ terraform, resource }: SynthesizedJson): StackJson['ownBucket'] {
  const id = terraform.backend?.s3?.bucket
  const buckets = Object.entries(resource?.aws_s3_bucket ?? {})
  const [name] = buckets.find(([, { bucket }]) => bucket === id) ?? []
  return id === undefined || name === undefined ? undefined : { to: `aws_s3_bucket.${name}`, id }
}
