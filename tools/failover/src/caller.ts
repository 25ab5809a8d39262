import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { VerbContext } from './verb'

/** The name in the ARN of the caller: `alice`, or `Operator/alice` for a session of a role. */
export async function callerName({ aws }: VerbContext): Promise<string> {
  const { Arn = '' } = await aws.sts.send(new GetCallerIdentityCommand({}))
  const path = Arn.split(':').slice(5).join(':')
  const name = path.replace(/^(assumed-role|federated-user|user)\//, '') || path
  return name.replace(/[^\p{L}\p{N}+\-=._:/@]/gu, '.')
}
