import { type Check, isObject, isString } from '@tideway/constructs'
import { isSecretName, secretNameRule } from './variables'

type ImageVersion =
  | {
      /** Always means the same image: the repository of a service rejects a second one with its tag. */
      readonly tag: string
    }
  | {
      /** Instead of a tag: `sha256:` and 64 hexadecimal digits. */
      readonly digest: string
    }

export type Image = ImageVersion & {
  /**
   * The repository in another registry, with its host. Tasks reach registries on port 443. A private one of ECR must
   * allow this account to pull.
   *
   * @default the repository of the service
   */
  readonly from?: string
  /**
   * The name of a secret with the keys `username` and `password` for that registry.
   *
   * @default none
   */
  readonly credentials?: string
}

const registryOfEcr = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/(.+)$/

/** The ARN of a private repository of ECR, by its address. */
export function ecrRepositoryArn(from: string): string | undefined {
  const [, account, region, name] = registryOfEcr.exec(from) ?? []
  return account && `arn:aws:ecr:${region}:${account}:repository/${name}`
}

/** The checks of an image: that of the service, or of a sidecar. */
export function imageChecks(image: unknown): Check[] {
  if (!isObject(image)) {
    return [[image === 'example', 'be "example" or an object with a tag or a digest', 'Name one.']]
  }
  const { tag, digest, from, credentials } = image
  const version: Check[] = [
    [
      (tag === undefined) !== (digest === undefined),
      'have either a tag or a digest',
      'Keep one of them.',
    ],
    [
      tag === undefined || (isString(tag) && /^\w[\w.-]{0,127}$/.test(tag)),
      'have a tag of 1 to 128 letters, digits and _ . -, not starting with . or -',
      'Correct the tag.',
    ],
    [
      digest === undefined || (isString(digest) && /^sha256:[0-9a-f]{64}$/.test(digest)),
      'have a digest of sha256: and 64 hexadecimal digits in lower case',
      'Copy it from the registry.',
    ],
  ]
  if (from === undefined) {
    const fix = 'Remove the credentials, or name the other registry with `from`.'
    const must = 'have credentials for another registry only: ECR uses the execution role'
    return [...version, [credentials === undefined, must, fix]]
  }
  return [
    ...version,
    [
      isString(from) &&
        from.length <= 200 &&
        /^([a-z0-9-]+\.)+[a-z]{2,}(\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/.test(from),
      'have as `from` a repository with its host, without port and version, such as ghcr.io/team/app or docker.io/library/nginx',
      'Correct it. Tasks reach registries on port 443.',
    ],
    [
      tag !== 'latest',
      'have a tag that always means the same image: tasks of one revision would run different ones',
      'Name a version, or a digest.',
    ],
    [
      credentials === undefined || !registryOfEcr.test(String(from)),
      'have no credentials for ECR, which uses the execution role',
      'Remove them, and allow this account in the policy of that repository.',
    ],
    [
      credentials === undefined || isSecretName(credentials),
      `have as credentials ${secretNameRule}`,
      'Correct the name.',
    ],
  ]
}
