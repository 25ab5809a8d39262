import { relative } from 'node:path'
import { environmentNamed } from '@tideway/constructs/environments'
import { stacks } from '@tideway/constructs/stacks'
import type { Diagnostic } from './events'
import { type StackFolders, workspace } from './folders'
import type { StackJson } from './stack-json'

/** Terraform's message where the bucket of the backend does not exist. */
export const noStateBucket = /S3 bucket "?[^"]*"? does not exist|NoSuchBucket/

/** Whether the state of an upstream stack does not exist. */
export function isMissingUpstream({ summary, detail = '' }: Diagnostic): boolean {
  return /Unable to find remote state/.test(`${summary}\n${detail}`)
}

/** The fix for errors that are specific to how Tideway is deployed. */
export function hintFor(
  { summary, detail = '', address }: Diagnostic,
  { stack, environment, work }: StackFolders,
  regionOf: StackJson['regionOf'] = () => undefined,
): string | undefined {
  const text = `${summary}\n${detail}`
  const terraform = `terraform -chdir=${relative(workspace, work)}`
  if (/Error acquiring the state lock/.test(text)) {
    const id = /^\s*ID:\s+(\S+)/m.exec(text)?.[1] ?? '<ID of the lock>'
    return `Another command changes ${stack} in ${environment}, or Terraform was killed while it did. See Who and Created above. If no command runs any more: ${terraform} force-unlock ${id}`
  }
  if (/has lifecycle\.prevent_destroy set/.test(text)) {
    const address = /Resource (\S+) has lifecycle/.exec(text)?.[1] ?? '<address>'
    return `If a deploy was cut off while it created this resource, Terraform marked it as tainted and would replace it. Check in the console of AWS that it is complete, then keep it: ${terraform} untaint ${address}`
  }
  if (
    /Unable to find remote state|Unsupported attribute/.test(text) &&
    /remote_state|remote state/.test(text)
  ) {
    const reads = stack in stacks ? stacks[stack as keyof typeof stacks].reads : []
    const commands = reads.map((upstream) => `npx nx deploy ${upstream} -c ${environment}`)
    return `${stack} reads outputs of ${reads.join(' and ')} that do not exist in ${environment} yet. Deploy first: ${commands.join(', then ')}`
  }
  if (noStateBucket.test(text)) {
    return `The state bucket of ${environment} does not exist yet. Create it once: npm run bootstrap -- -c ${environment}`
  }
  if (/AWS account ID not allowed|not allowed: \d{12}/i.test(text)) {
    return `The credentials are for another account than that of ${environment} in packages/constructs/src/environments.ts.`
  }
  if (/No valid credential sources found/.test(text)) {
    if (environmentNamed(environment).endpoints === 'emulator') {
      return `No local cloud runs in this clone. Start it in another terminal: npm start. Or set AWS_ENDPOINT_URL to the URL of another AWS emulator.`
    }
    return `No AWS credentials were found. Log in to the account of ${environment} (AWS_PROFILE, or the AWS_ variables) and try again.`
  }
  const group = /CloudWatch Logs Log Group \(([^)]+)\).*ResourceAlreadyExistsException/s.exec(
    text,
  )?.[1]
  if (group !== undefined && address !== undefined) {
    const region = regionOf(address) ?? environmentNamed(environment).region
    return [
      `The log group ${group} is not in the state of ${stack}: a destroyed service wrote a last line and so created it again. Keep its events, or delete it, then deploy again:`,
      `  ${terraform} import '${address}' '${group}'`,
      `  aws logs delete-log-group --region ${region} --log-group-name '${group}'`,
    ].join('\n')
  }
  if (
    /BucketAlreadyOwnedByYou/.test(text) &&
    environmentNamed(environment).endpoints === 'emulator'
  ) {
    return 'The local cloud makes its own state bucket: it needs no bootstrap.'
  }
  if (/Already(Exists|Owned)|already exists/.test(text) && address !== undefined) {
    return [
      `AWS has this already, and the state of ${stack} does not. A deploy that was cut off can leave it so, or another tool made it. Import it by the id that the provider documents for its type, or delete it in AWS, then deploy again:`,
      `  ${terraform} import '${address}' '<id>'`,
    ].join('\n')
  }
  if (
    /parameter availabilityZone is invalid|NotAvailableInZone|UnsupportedAvailabilityZone|not supported in your requested Availability Zone/i.test(
      text,
    )
  ) {
    return [
      `This account cannot use one of the availabilityZones of ${environment} in packages/constructs/src/environments.ts. The letters of zones`,
      `stand for other places in each account. List its zones: aws ec2 describe-availability-zones --query 'AvailabilityZones[].[ZoneName,ZoneId]'`,
      'and where it can start a type: aws ec2 describe-instance-type-offerings --location-type availability-zone --filters Name=instance-type,Values=m7g.large',
    ].join('\n')
  }
  return undefined
}
