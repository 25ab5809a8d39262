import type { PolicyDocument } from '@tideway/constructs/iam-evaluator'
import { AwsCalls } from '../aws-call'
import { type AwsClients, awsClients } from '../aws-clients'
import { policyVersionOf, readRolePolicies, readTaskRoles } from '../delivery/read-deployed'
import type { AwsRequest } from '../gateway/aws-request'
import { isChange } from '../gateway/journal'
import type { Principal } from './authorizer'
import { operatorKeyOf } from './callers'
import type { ReferredResources } from './required-access'

/** The keys in a description of a secret or of parameters. */
interface Described {
  readonly KmsKeyId?: string
  readonly Parameters?: readonly { readonly KeyId?: string }[]
}

/** Changes of these services change what a role may do. */
const services = ['ecs', 'iam', 'kms', 'lambda', 's3', 'secretsmanager', 'ssm']

/** Reads roles, and the resources that calls refer to, as deployed on this machine. */
export class DeployedRoles implements ReferredResources {
  private readonly aws: AwsClients
  private readonly calls: AwsCalls
  private readonly read = new Map<string, Promise<unknown>>()

  constructor(url: string, accountId: string) {
    const key = operatorKeyOf(accountId)
    this.aws = awsClients(url, key)
    this.calls = new AwsCalls(url, key)
  }

  /** Reads again after a change. */
  notice(request: AwsRequest): void {
    if (services.includes(request.service) && isChange(request)) this.read.clear()
  }

  principal(roleArn: string): Promise<Principal> {
    return this.once(`role ${roleArn}`, async () => {
      const boundaryArn = await this.boundaryOf(roleArn)
      return {
        roleArn,
        policies: await readRolePolicies(this.aws, nameIn(roleArn)),
        boundary: boundaryArn === undefined ? undefined : await this.boundary(boundaryArn),
      }
    })
  }

  /** Undefined where tools/bootstrap, which creates it, is not deployed. */
  private boundary(arn: string): Promise<PolicyDocument | undefined> {
    return policyVersionOf(this.aws, arn).catch((error: Error) => {
      if (error.name.startsWith('NoSuchEntity')) return undefined
      throw error
    })
  }

  tagsOf(): undefined {
    return undefined
  }

  rolesOf(taskDefinition: string): Promise<string[]> {
    return this.once(`task ${taskDefinition}`, () => readTaskRoles(this.aws, taskDefinition))
  }

  boundaryOf(roleArn: string): Promise<string | undefined> {
    return this.once(`boundary ${roleArn}`, async () => {
      const { Role } = await this.aws.iam.getRole({ RoleName: nameIn(roleArn) })
      return Role?.PermissionsBoundary?.PermissionsBoundaryArn
    }).catch(() => undefined)
  }

  aliasesOf(keyArn: string): Promise<string[]> {
    return this.once(`aliases ${keyArn}`, async () => {
      const { Aliases = [] } = await this.aws.kms.listAliases({ KeyId: keyArn })
      return Aliases.flatMap(({ AliasName }) => AliasName ?? [])
    })
  }

  keyOf(arn: string): Promise<string | undefined> {
    return this.once(`key ${arn}`, async () => {
      const KeyId = await this.keyIdOf(arn)
      // The keys that AWS manages for a service need no permission of the caller.
      if (KeyId === undefined || KeyId.includes('alias/aws/')) return undefined
      return (await this.aws.kms.describeKey({ KeyId })).KeyMetadata?.Arn
    }).catch(() => undefined)
  }

  private async keyIdOf(arn: string): Promise<string | undefined> {
    const [, , service, , , ...rest] = arn.split(':')
    const name = rest.join(':')
    switch (service) {
      case 's3': {
        const Bucket = name.split('/')[0] ?? ''
        const { ServerSideEncryptionConfiguration: found } = await this.aws.s3.getBucketEncryption({
          Bucket,
        })
        return found?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID
      }
      case 'kms':
        return name
      case 'lambda':
        return (await this.aws.lambda.getFunctionConfiguration({ FunctionName: arn })).KMSKeyArn
      case 'secretsmanager': {
        const { KmsKeyId } = await this.calls.json<Described>(service, 'DescribeSecret', {
          SecretId: arn,
        })
        return KmsKeyId
      }
      case 'ssm': {
        const { Parameters = [] } = await this.calls.json<Described>(
          service,
          'DescribeParameters',
          {
            ParameterFilters: [
              { Key: 'Name', Option: 'Equals', Values: [name.replace('parameter', '')] },
            ],
          },
        )
        return Parameters[0]?.KeyId
      }
      case 'sqs': {
        const { QueueUrl } = await this.aws.sqs.getQueueUrl({ QueueName: name })
        const { Attributes } = await this.aws.sqs.getQueueAttributes({
          QueueUrl,
          AttributeNames: ['KmsMasterKeyId'],
        })
        return Attributes?.KmsMasterKeyId
      }
      default:
        return undefined
    }
  }

  private once<Value>(key: string, read: () => Promise<Value>): Promise<Value> {
    const known = this.read.get(key) as Promise<Value> | undefined
    const value = known ?? read()
    if (known === undefined) {
      this.read.set(key, value)
      value.catch(() => this.read.delete(key))
    }
    return value
  }
}

function nameIn(roleArn: string): string {
  return roleArn.split('/').at(-1) ?? roleArn
}
