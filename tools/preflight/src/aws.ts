import { ACMClient } from '@aws-sdk/client-acm'
import { EC2Client } from '@aws-sdk/client-ec2'
import { ECSClient } from '@aws-sdk/client-ecs'
import { IAMClient } from '@aws-sdk/client-iam'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { Route53Client } from '@aws-sdk/client-route-53'
import { S3Client } from '@aws-sdk/client-s3'
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas'
import { ShieldClient } from '@aws-sdk/client-shield'
import { STSClient } from '@aws-sdk/client-sts'
import { addMiddleware, aroundCalls, type SdkClient } from '@tideway/constructs/aws-errors'
import { actionOf, type Service } from './calls'
import { awsCallError } from './failures'

// The SDK warns about Node 20, which still runs everything here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

export type Aws = ReturnType<typeof awsClients>

/** Services without regions, and IAM, have their control plane here. */
export const globalRegion = 'us-east-1'

export interface AwsOptions {
  readonly region: string
  /** The endpoint of all services. @default AWS's */
  readonly endpoint?: string | undefined
  /** Whether to sign as the operator of the local cloud, and not with the user's credentials. */
  readonly isEmulator?: boolean
  readonly timeoutMs: number
}

/** Clients that make the calls of the policy only, and whose errors name the IAM action. */
export function awsClients({ region, endpoint, isEmulator, timeoutMs }: AwsOptions) {
  /** The hosts that answered and are not AWS's. */
  const otherHosts = new Set<string>()
  const operator = { accessKeyId: 'operator', secretAccessKey: 'local' }
  // All clients share one chain of providers: a login or a process that returns credentials runs once.
  const credentials = isEmulator ? operator : new STSClient({ region }).config.credentials
  const settings = (ownRegion = region) => ({
    region: ownRegion,
    ...(endpoint !== undefined && { endpoint }),
    credentials,
    // All checks call at the same time, and Service Quotas throttles early.
    maxAttempts: 5,
    requestHandler: {
      connectionTimeout: timeoutMs / 2,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
    },
  })
  const limited = <Client extends SdkClient>(service: Service, client: Client): Client => {
    aroundCalls(client, async (operation, call) => {
      const action = actionOf(service, operation)
      try {
        return await call()
      } catch (error) {
        throw awsCallError(action, error)
      }
    })
    const noteHost: Parameters<typeof addMiddleware>[1] = (next) => (args) => {
      const { request } = args as { request: { hostname: string; port?: number } }
      if (!isHostOfAws(request.hostname)) {
        otherHosts.add(request.port ? `${request.hostname}:${request.port}` : request.hostname)
      }
      return next(args)
    }
    addMiddleware(client, noteHost, { step: 'finalizeRequest' })
    return client
  }
  return {
    otherHosts,
    acm: limited('acm', new ACMClient(settings())),
    /** The CDN's certificates are in one region. */
    acmOfCdn: limited('acm', new ACMClient(settings(globalRegion))),
    ec2: limited('ec2', new EC2Client(settings())),
    /** Answers even where the environment's region is disabled. */
    ec2Global: limited('ec2', new EC2Client(settings(globalRegion))),
    ecs: limited('ecs', new ECSClient(settings())),
    iam: limited('iam', new IAMClient(settings())),
    lambda: limited('lambda', new LambdaClient(settings())),
    route53: limited('route53', new Route53Client(settings(globalRegion))),
    s3: limited('s3', new S3Client({ ...settings(), forcePathStyle: endpoint !== undefined })),
    quotas: limited('servicequotas', new ServiceQuotasClient(settings())),
    shield: limited('shield', new ShieldClient(settings(globalRegion))),
    sts: limited('sts', new STSClient(settings(globalRegion))),
  }
}

function isHostOfAws(hostname: string): boolean {
  return /(^|\.)(amazonaws\.com|api\.aws)$/.test(hostname)
}
