/** Controls of the public lists, for resource types of the stacks, that `npm run controls` does not check. */
export interface NotAdopted {
  /** Several where lists have the same control, or where one reason holds for all. */
  readonly ids: readonly string[]
  readonly title: string
  readonly reason: string
}

export const notAdopted: readonly NotAdopted[] = [
  // Network
  {
    ids: ['CKV_AWS_25', 'CKV_AWS_260', 'CKV_AWS_277', 'FSBP EC2.19', 'AwsSolutions-EC23'],
    title: 'No ports that attackers look for are open to the internet',
    reason: 'FSBP EC2.18 is stricter: it allows ports 80 and 443 only',
  },
  {
    ids: ['CKV2_AWS_1', 'AwsSolutions-VPC3'],
    title: 'Subnets have network ACLs of their own, or none at all: the lists disagree',
    reason: 'security groups decide. Each has a rule for each use, and is stateful',
  },
  {
    ids: ['FSBP EC2.10', 'FSBP EC2.58', 'FSBP EC2.60'],
    title: 'VPCs have endpoints for EC2 and Incident Manager',
    reason:
      'nothing in the subnets calls these services, and each endpoint costs 22 USD a month in three zones',
  },
  {
    ids: ['FSBP EC2.172', 'NIST.800.53.R5-VPCNoUnrestrictedRouteToIGW'],
    title: 'VPCs do not exchange traffic with the internet',
    reason:
      'the public load balancer and the NAT gateways need it. The isolated subnets have no route to it',
  },
  // Load balancers
  {
    ids: ['CKV_AWS_2', 'FSBP ELB.18'],
    title: 'All listeners use HTTPS',
    reason: 'the one for HTTP only redirects, which CKV2_AWS_20 checks',
  },
  {
    ids: ['CKV_AWS_378'],
    title: 'Target groups use HTTPS',
    reason:
      'TLS ends at the load balancer, so that tasks need no certificates. Only its security group reaches them',
  },
  {
    ids: ['CKV_AWS_152'],
    title: 'Network load balancers balance across zones',
    reason: 'both load balancers are application load balancers, which always do',
  },
  {
    ids: ['CKV2_AWS_74', 'CKV2_AWS_76'],
    title: 'Load balancers refuse weak ciphers, and their web ACL blocks Log4j lookups',
    reason: 'FSBP ELB.17 and CKV_AWS_192 check this for all listeners and web ACLs',
  },
  // Containers and instances
  {
    ids: ['AwsSolutions-ECS2'],
    title: 'Task definitions have no environment variables',
    reason: 'the variables are names and addresses. FSBP ECS.8 checks that none is a secret',
  },
  {
    ids: ['FSBP ECS.16', 'FSBP ECS.21'],
    title: 'Task sets have no public address, and Windows containers no administrator',
    reason:
      'CodeDeploy creates the task sets from the network settings of the service, and containers run on Linux',
  },
  {
    ids: ['FSBP SSM.1', 'FSBP SSM.2', 'FSBP SSM.3'],
    title: 'Systems Manager manages and patches instances',
    reason: 'instances are replaced by newer images instead. Only the account knows their state',
  },
  {
    ids: ['AwsSolutions-AS1', 'AwsSolutions-AS3'],
    title: 'Auto Scaling groups have a cooldown, and notify of each launch',
    reason:
      'managed scaling of ECS decides on each launch. EventBridge passes failed launches to the controller, which alerts',
  },
  // Stores
  {
    ids: ['CKV2_AWS_8', 'NIST.800.53.R5-DynamoDBInBackupPlan', 'NIST.800.53.R5-RDSInBackupPlan'],
    title: 'Stores are in a plan of AWS Backup',
    reason:
      'the database keeps 35 days of backups of its own. The table can be recovered to any time of 35 days',
  },
  {
    ids: [
      'CKV_AWS_325',
      'CKV_AWS_326',
      'FSBP RDS.14',
      'FSBP RDS.34',
      'FSBP RDS.45',
      'AwsSolutions-RDS14',
      'AwsSolutions-RDS16',
    ],
    title: 'Aurora clusters have backtracking and audit logs',
    reason: 'only Aurora MySQL has these. CKV2_AWS_27 checks the log of PostgreSQL',
  },
  {
    ids: ['FSBP RDS.19', 'FSBP RDS.20', 'FSBP RDS.21', 'FSBP RDS.22'],
    title: 'RDS notifies of critical events',
    reason:
      'the alarms of data notify of what these events announce, and CI reports changed parameters',
  },
  {
    ids: ['FSBP RDS.23', 'AwsSolutions-RDS11', 'AwsSolutions-AEC5'],
    title: 'Stores do not use the default port of their engine',
    reason:
      'another port hides nothing. Only members of one security group reach it, and a change replaces the cache',
  },
  {
    ids: [
      'FSBP RDS.3',
      'FSBP RDS.5',
      'FSBP RDS.8',
      'FSBP RDS.10',
      'FSBP RDS.11',
      'FSBP RDS.17',
      'FSBP RDS.25',
    ],
    title: 'Database instances are encrypted, protected and backed up',
    reason: 'Aurora sets this for the cluster, whose controls check it',
  },
  {
    ids: ['FSBP RDS.46'],
    title: 'Databases are not in public subnets',
    reason:
      'the contract of network gives data its isolated subnets only, and tests of both stacks check that',
  },
  {
    ids: ['CKV2_AWS_16'],
    title: 'Tables have auto scaling',
    reason:
      'FSBP DynamoDB.1 checks this, and also accepts tables on demand, which scale by themselves',
  },
  // Buckets
  {
    ids: ['CKV_AWS_144', 'NIST.800.53.R5-S3BucketReplicationEnabled'],
    title: 'Buckets are replicated to another region',
    reason:
      'all services are in one region, and data stays there unless its owner decides otherwise. CI can upload the assets again',
  },
  {
    ids: ['CKV_AWS_143', 'FSBP S3.20'],
    title: 'Buckets have object lock and MFA delete',
    reason:
      'versions protect objects, and CI cannot delete versions of the state. Only the root user can set MFA delete',
  },
  {
    ids: ['CKV2_AWS_62'],
    title: 'Buckets send events',
    reason: 'nothing consumes them. Access logs show who changed what',
  },
  {
    ids: ['CKV_AWS_53', 'CKV_AWS_54', 'CKV_AWS_55', 'CKV_AWS_56', 'FSBP S3.2', 'FSBP S3.3'],
    title: 'Buckets block each kind of public access',
    reason: 'CKV2_AWS_6 requires all four settings',
  },
  {
    ids: ['FSBP S3.1'],
    title: 'The account blocks public buckets',
    reason:
      'a setting of the account, which other projects may share. CKV2_AWS_6 requires it of each bucket',
  },
  {
    ids: ['CKV_AWS_19', 'CKV_AWS_20', 'CKV_AWS_57'],
    title: 'Buckets are encrypted and have no public ACL',
    reason: 'S3 encrypts every object. CKV2_AWS_65 checks that ACLs are off',
  },
  // Content delivery
  {
    ids: ['CKV_AWS_310', 'FSBP CloudFront.4'],
    title: 'Distributions have origin failover',
    reason:
      'a group accepts reads only, so it could serve the assets but not the services. It needs their copy in a second region, with a key, a log bucket and replication, for a front page whose services are down with the first region. Decide again together with a second region for the services',
  },
  {
    ids: ['CKV_AWS_374', 'AwsSolutions-CFR1'],
    title: 'Distributions exclude countries',
    reason: 'the site is for everybody',
  },
  {
    ids: ['CKV2_AWS_47', 'FSBP CloudFront.15'],
    title: 'Web ACLs of distributions block Log4j lookups, and viewers use a recent policy of TLS',
    reason: 'CKV_AWS_192 and CKV_AWS_174 check this',
  },
  {
    ids: ['FSBP CloudFront.12', 'FSBP CloudFront.16', 'FSBP CloudFront.17'],
    title:
      'Origins exist, function URLs have origin access control, and viewers sign their requests',
    reason: 'the origin is an output of data, no origin is a function, and the assets are public',
  },
  {
    ids: ['FSBP ACM.1'],
    title: 'Certificates are renewed in time',
    reason:
      'ACM renews them by their DNS records, and an alarm notifies 30 days before one expires',
  },
  {
    ids: ['CKV2_AWS_71'],
    title: 'Certificates have no wildcard',
    reason:
      'the internal load balancer serves a name for each service, and services come and go without a new certificate',
  },
  // Identity
  {
    ids: ['AwsSolutions-IAM4'],
    title: 'Roles have no policies that AWS manages',
    reason:
      'the roles of the stacks have none. Those of CI read with SecurityAudit and ViewOnlyAccess, and deploy with PowerUserAccess: decision 6 says why. CKV_AWS_355 checks what the repository grants itself',
  },
  {
    ids: ['AwsSolutions-IAM5'],
    title: 'Policies have no wildcards',
    reason:
      'CI creates resources whose names are unknown before, so patterns of names limit it. CKV_AWS_355 and FSBP IAM.21 check for wildcards without a limit',
  },
  {
    ids: ['CKV_AWS_62', 'CKV_AWS_63', 'CKV2_AWS_40', 'FSBP IAM.1', 'FSBP KMS.1'],
    title: 'Policies do not allow all actions, or all of IAM, on all resources',
    reason:
      'CKV_AWS_355, FSBP IAM.21 and FSBP KMS.2 check this, customer managed policies included',
  },
  {
    ids: ['CKV_AWS_287', 'CKV_AWS_288', 'CKV_AWS_289'],
    title: 'Policies do not expose credentials, data or permissions on all resources',
    reason:
      'CKV_AWS_355 is stricter, for all actions that have resources. ecr:GetAuthorizationToken has none: without it no task can start',
  },
  {
    ids: ['NIST.800.53.R5-IAMNoInlinePolicy'],
    title: 'Roles have no inline policies',
    reason:
      'each policy belongs to one role, and is deleted with it. Nobody can attach it elsewhere',
  },
  // Functions and messages
  {
    ids: ['CKV_AWS_117', 'FSBP Lambda.5'],
    title: 'Functions run in a VPC, in several zones',
    reason:
      'the controller calls only APIs of AWS. In a VPC it would depend on the network that it helps to recover',
  },
  {
    ids: ['CKV_AWS_272'],
    title: 'Functions have signed code',
    reason:
      'CI builds the code from the reviewed commit, in the plan that is approved, and the hash is a part of the plan',
  },
  {
    ids: ['CKV_AWS_301', 'CKV2_AWS_75', 'FSBP Lambda.1'],
    title: 'Functions are not public',
    reason: 'they have no function URL and no permission. AWS-0067 checks any that is added',
  },
  {
    ids: ['AwsSolutions-SF1'],
    title: 'State machines log all events',
    reason: 'errors are logged. The history of each execution has all events for 90 days',
  },
  {
    ids: ['CKV_AWS_297'],
    title: 'Schedules are encrypted with a customer managed key',
    reason:
      'they hold only the ARN of a target. EventBridge Scheduler encrypts them with its own key',
  },
  {
    ids: ['AwsSolutions-L1'],
    title: 'Functions use the newest runtime',
    reason: 'CKV_AWS_363 checks that AWS still patches it. The tests run on the same major version',
  },
  // Secrets and logs
  {
    ids: ['FSBP SecretsManager.2', 'FSBP SecretsManager.3'],
    title: 'Secrets rotate successfully, and are used',
    reason: 'only the account knows: Security Hub reports it',
  },
  {
    ids: ['FSBP KMS.3'],
    title: 'No KMS key is scheduled for deletion',
    reason:
      'only the account knows. prevent_destroy protects the keys, and 30 days pass before a deletion',
  },
  {
    ids: ['CKV_AWS_66', 'CKV_AWS_128', 'CKV_AWS_133', 'FSBP RDS.35', 'CKV_AWS_364', 'CKV_AWS_387'],
    title: 'Retention, IAM authentication, backups, upgrades, source ARNs and public queues',
    reason:
      'CKV_AWS_338, CKV_AWS_162, AWS-0077, CKV_AWS_226, AWS-0067 and CKV_AWS_168 check the same, or more',
  },
]
