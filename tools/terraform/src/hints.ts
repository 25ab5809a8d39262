import { stacks } from '@tideway/constructs/stacks'
import type { Diagnostic } from './events'
import type { StackFolders } from './folders'

/** What Terraform says when the bucket of the backend is not there. */
export const noStateBucket = /S3 bucket "?[^"]*"? does not exist|NoSuchBucket/

/** Whether Terraform says that a state which this stack reads is not there at all. */
export function isMissingUpstream({ summary, detail = '' }: Diagnostic): boolean {
  return /Unable to find remote state/.test(`${summary}\n${detail}`)
}

/** What to do about errors whose own text does not say it, because it does not know how Tideway is deployed. */
export function hintFor(
  { summary, detail = '' }: Diagnostic,
  { stack, environment }: StackFolders,
): string | undefined {
  const text = `${summary}\n${detail}`
  if (
    /Unable to find remote state|Unsupported attribute/.test(text) &&
    /remote_state|remote state/.test(text)
  ) {
    const reads = stack in stacks ? stacks[stack as keyof typeof stacks].reads : []
    const commands = reads.map((upstream) => `npx nx deploy ${upstream} -c ${environment}`)
    return `${stack} reads what ${reads.join(' and ')} published in ${environment}, and that is not there yet. Deploy first: ${commands.join(', then ')}`
  }
  if (noStateBucket.test(text)) {
    return `The state bucket of ${environment} is not there yet. Create it once: npm run bootstrap -- -c ${environment}`
  }
  if (/AWS account ID not allowed|not allowed: \d{12}/i.test(text)) {
    return `The credentials are not those of the account of ${environment}, which packages/constructs/src/environments.ts names.`
  }
  if (/No valid credential sources found/.test(text)) {
    return `No AWS credentials were found. Log in to the account of ${environment} (AWS_PROFILE, or the AWS_ variables) and try again.`
  }
  return undefined
}
