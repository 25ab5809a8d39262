/**
 * Every call of the preflight. The clients send no other, the policy is made from it, and a denied call is named by it.
 * An action has the name of its operation but for S3's.
 */
const operations = {
  acm: ['DescribeCertificate', 'ListCertificates'],
  ec2: [
    'DescribeAddresses',
    'DescribeAvailabilityZones',
    'DescribeInstanceTypeOfferings',
    'DescribeInstanceTypes',
    'DescribeInstances',
    'DescribeRegions',
  ],
  ecs: ['ListAccountSettings'],
  iam: ['GetOpenIDConnectProvider', 'GetRole', 'ListRoles'],
  lambda: ['GetAccountSettings', 'GetFunctionConcurrency'],
  route53: ['GetHostedZone', 'ListHostedZonesByName'],
  s3: ['GetBucketEncryption', 'GetBucketVersioning', 'GetPublicAccessBlock', 'ListBuckets'],
  servicequotas: ['GetServiceQuota'],
  shield: ['GetSubscriptionState'],
  sts: ['GetCallerIdentity'],
} as const

export type Service = keyof typeof operations

/** From the service authorization reference of S3. */
const otherNames: Readonly<Record<string, string>> = {
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:ListBuckets': 's3:ListAllMyBuckets',
}

/** The IAM action of an operation, such as `ec2:DescribeRegions`. Throws for one that the policy does not have. */
export function actionOf(service: Service, operation: string): string {
  if (!(operations[service] as readonly string[]).includes(operation)) {
    throw new Error(`${service}:${operation}: not in calls.ts, so the policy does not allow it`)
  }
  const name = `${service}:${operation}`
  return otherNames[name] ?? name
}

/** The least policy for a run of the preflight. */
export function readPolicy() {
  const actions = Object.entries(operations).flatMap(([service, names]) =>
    names.map((name) => actionOf(service as Service, name)),
  )
  return {
    Version: '2012-10-17',
    Statement: [
      // Most of these have no resource, and the others are read before they exist.
      { Sid: 'Preflight', Effect: 'Allow' as const, Action: actions.sort(), Resource: '*' },
    ],
  }
}
