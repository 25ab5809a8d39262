import type { AwsRequest } from '../src/gateway/aws-request'
import { xmlError, xmlResponse } from '../src/gateway/aws-response'
import { autoscaling } from '../src/patches/autoscaling'
import { CloudFront } from '../src/patches/cloudfront'
import { Ec2 } from '../src/patches/ec2'
import { ElastiCache } from '../src/patches/elasticache'
import { elasticLoadBalancing } from '../src/patches/elasticloadbalancing'
import { iam } from '../src/patches/iam'
import { ManagedSecrets } from '../src/patches/managed-secrets'
import { Rds } from '../src/patches/rds'
import { route53 } from '../src/patches/route53'
import { s3 } from '../src/patches/s3'
import { sts } from '../src/patches/sts'
import { FakeMoto, jsonCall, queryCall, responseText, restCall } from './requests'

describe('EC2', () => {
  test('returns the description of a rule between groups', async () => {
    const patch = new Ec2()
    const moto = new FakeMoto(
      '<r><item><securityGroupRuleId>sgr-1</securityGroupRuleId></item></r>',
      '<r><item><securityGroupRuleId>sgr-0</securityGroupRuleId></item><item><tagSet></tagSet><securityGroupRuleId>sgr-1</securityGroupRuleId></item></r>',
    )
    const authorize = queryCall('ec2', 'AuthorizeSecurityGroupIngress', {
      'IpPermissions.1.UserIdGroupPairs.1.Description': 'From <us>',
    })
    await responseText(patch, authorize, moto)
    expect(await responseText(patch, queryCall('ec2', 'DescribeSecurityGroupRules'), moto)).toBe(
      '<r><item><securityGroupRuleId>sgr-0</securityGroupRuleId></item><item><tagSet/><securityGroupRuleId>sgr-1</securityGroupRuleId><description>From &lt;us&gt;</description></item></r>',
    )
  })

  test('returns a start time only where one was set, and one pool by default', async () => {
    const patch = new Ec2()
    const fleets = (id: string) =>
      `<item><fleetId>${id}</fleetId><validFrom>now</validFrom><spotOptions><a>b</a></spotOptions></item>`
    const moto = new FakeMoto(
      '<r><fleetId>fleet-1</fleetId></r>',
      '<r><fleetId>fleet-2</fleetId></r>',
      `<r>${fleets('fleet-1')}${fleets('fleet-2')}</r>`,
    )
    await responseText(patch, queryCall('ec2', 'CreateFleet'), moto)
    await responseText(patch, queryCall('ec2', 'CreateFleet', { ValidFrom: 'now' }), moto)
    const options =
      '<spotOptions><a>b</a><instancePoolsToUseCount>1</instancePoolsToUseCount></spotOptions>'
    expect(await responseText(patch, queryCall('ec2', 'DescribeFleets'), moto)).toBe(
      `<r><item><fleetId>fleet-1</fleetId>${options}</item><item><fleetId>fleet-2</fleetId><validFrom>now</validFrom>${options}</item></r>`,
    )
  })

  test('returns a terminating fleet as deleted', async () => {
    const fleet = (state: string) =>
      `<r><item><fleetId>fleet-1</fleetId><fleetState>${state}</fleetState></item></r>`
    const moto = new FakeMoto(fleet('deleted_terminating'))
    expect(await responseText(new Ec2(), queryCall('ec2', 'DescribeFleets'), moto)).toBe(
      fleet('deleted'),
    )
  })

  test('removes the tags of a launch template from those of its instances', async () => {
    const tags = (type: string) =>
      `<item><resourceType>${type}</resourceType><tagSet><item><key>a</key></item></tagSet></item>`
    const set = (items: string) => `<tagSpecificationSet>${items}</tagSpecificationSet>`
    const moto = new FakeMoto(set(`${tags('instance')}${tags('launch-template')}`))
    expect(
      await responseText(new Ec2(), queryCall('ec2', 'DescribeLaunchTemplateVersions'), moto),
    ).toBe(set(tags('instance')))
  })

  test('stores a Spot Fleet request until it is cancelled', async () => {
    const patch = new Ec2()
    const id = await responseText(
      patch,
      queryCall('ec2', 'RequestSpotFleet', {
        'SpotFleetRequestConfig.TargetCapacity': '2',
        'SpotFleetRequestConfig.LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateId':
          'lt-1',
        'SpotFleetRequestConfig.LaunchTemplateConfigs.1.Overrides.1.InstanceType': 't4g.medium',
        'SpotFleetRequestConfig.LaunchTemplateConfigs.1.Overrides.2.InstanceType': 'm7g.medium',
        'SpotFleetRequestConfig.TagSpecification.1.Tag.1.Key': 'owner',
        'SpotFleetRequestConfig.TagSpecification.1.Tag.1.Value': 'us',
      }),
    )
    const fleet = /sfr-[\w-]+/.exec(id)?.[0] ?? ''
    expect(patch.resourceIds()).toEqual([fleet])
    const describeFleet = queryCall('ec2', 'DescribeSpotFleetRequests', {
      'SpotFleetRequestId.1': fleet,
    })
    const described = await responseText(patch, describeFleet)
    expect(described).toContain('<spotFleetRequestState>active</spotFleetRequestState>')
    expect(described).toContain(
      '<launchTemplateConfigs><item><launchTemplateSpecification><launchTemplateId>lt-1</launchTemplateId></launchTemplateSpecification><overrides><item><instanceType>t4g.medium</instanceType></item><item><instanceType>m7g.medium</instanceType></item></overrides></item></launchTemplateConfigs>',
    )
    expect(described).toContain('<tagSet><item><key>owner</key><value>us</value></item></tagSet>')
    await responseText(
      patch,
      queryCall('ec2', 'CancelSpotFleetRequests', { 'SpotFleetRequestId.1': fleet }),
    )
    expect(await responseText(patch, describeFleet)).toContain('cancelled_terminating')
    expect(patch.resourceIds()).toEqual([])
  })
})

test('Auto Scaling returns the warm-up of a group', async () => {
  const patch = autoscaling()
  const group = '<member><AutoScalingGroupName>web</AutoScalingGroupName>'
  const instance =
    '<Instances><member><InstanceId>i</InstanceId><AutoScalingGroupName>web</AutoScalingGroupName></member></Instances>'
  const moto = new FakeMoto('', `${group}${instance}</member>`)
  const create = { AutoScalingGroupName: 'web', DefaultInstanceWarmup: '60' }
  await responseText(patch, queryCall('autoscaling', 'CreateAutoScalingGroup', create), moto)
  expect(
    await responseText(patch, queryCall('autoscaling', 'DescribeAutoScalingGroups'), moto),
  ).toBe(`${group}${instance}<DefaultInstanceWarmup>60</DefaultInstanceWarmup></member>`)
})

test('EC2 Auto Scaling ends the protection of instances whose group is force-deleted', async () => {
  const moto = new FakeMoto()
  const deletion = (ForceDelete: string) =>
    queryCall('autoscaling', 'DeleteAutoScalingGroup', { AutoScalingGroupName: 'web', ForceDelete })
  await responseText(autoscaling(), deletion('false'), moto)
  expect(moto.requests).toHaveLength(1)
  const groups =
    '<r><member><InstanceId>i-1</InstanceId></member><member><InstanceId>i-2</InstanceId></member></r>'
  const protecting = new FakeMoto(groups, '')
  await responseText(autoscaling(), deletion('true'), protecting)
  expect(protecting.requests.map(({ operation, body }) => [operation, body.toString()])).toEqual([
    ['DescribeAutoScalingGroups', expect.stringContaining('AutoScalingGroupNames.member.1=web')],
    [
      'SetInstanceProtection',
      expect.stringContaining('InstanceIds.member.1=i-1&InstanceIds.member.2=i-2'),
    ],
    ['DeleteAutoScalingGroup', expect.stringContaining('AutoScalingGroupName=web')],
  ])
})

describe('RDS', () => {
  test('returns the last monitoring settings of an instance', async () => {
    const patch = new Rds(new ManagedSecrets())
    const instance = (id: string) =>
      `<DBInstance><DBInstanceIdentifier>${id}</DBInstanceIdentifier><MonitoringInterval>0</MonitoringInterval></DBInstance>`
    const moto = new FakeMoto(`<r>${instance('one')}${instance('two')}</r>`)
    const write = (operation: string, input: Readonly<Record<string, string>>) =>
      responseText(
        patch,
        queryCall('rds', operation, { DBInstanceIdentifier: 'two', ...input }),
        moto,
      )
    await write('CreateDBInstance', { MonitoringInterval: '30', EnablePerformanceInsights: 'true' })
    await write('ModifyDBInstance', { MonitoringInterval: '60' })
    expect(await responseText(patch, queryCall('rds', 'DescribeDBInstances'), moto)).toBe(
      `<r>${instance('one')}<DBInstance><DBInstanceIdentifier>two</DBInstanceIdentifier><MonitoringInterval>60</MonitoringInterval><PerformanceInsightsEnabled>true</PerformanceInsightsEnabled></DBInstance></r>`,
    )
  })

  test('deletes the automated snapshots with their cluster', async () => {
    const ids = ['rds:main-2026-01-05', 'by-hand']
    const snapshots = ids.map(
      (id) => `<DBClusterSnapshotIdentifier>${id}</DBClusterSnapshotIdentifier>`,
    )
    const moto = new FakeMoto('<DBCluster/>', snapshots.join(''), '<deleted/>')
    const deletion = queryCall('rds', 'DeleteDBCluster', {
      Version: '2014-10-31',
      DBClusterIdentifier: 'main',
    })
    await responseText(new Rds(new ManagedSecrets()), deletion, moto)
    expect(
      moto.requests
        .slice(1)
        .map(({ body }) => Object.fromEntries(new URLSearchParams(body.toString()))),
    ).toEqual([
      { Action: 'DescribeDBClusterSnapshots', Version: '2014-10-31', DBClusterIdentifier: 'main' },
      {
        Action: 'DeleteDBClusterSnapshot',
        Version: '2014-10-31',
        DBClusterSnapshotIdentifier: 'rds:main-2026-01-05',
      },
    ])
  })

  test.each([
    '<ScalingConfigurationInfo/>',
    '<ScalingConfigurationInfo><MinCapacity>1</MinCapacity></ScalingConfigurationInfo>',
  ])('removes %s from a Serverless v2 cluster', async (scaling) => {
    const moto = new FakeMoto(`<DBCluster><a>b</a>${scaling}</DBCluster>`)
    expect(
      await responseText(
        new Rds(new ManagedSecrets()),
        queryCall('rds', 'DescribeDBClusters'),
        moto,
      ),
    ).toBe('<DBCluster><a>b</a></DBCluster>')
  })
})

test('the secret of a cluster always has the same name', async () => {
  const arnNamed = async (uuid: string, secrets = new ManagedSecrets()) => {
    const arn = `arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!cluster-${uuid}-AbCdEf`
    const cluster = `<DBCluster><DBClusterIdentifier>main</DBClusterIdentifier><SecretArn>${arn}</SecretArn></DBCluster>`
    const described = await responseText(
      new Rds(secrets),
      queryCall('rds', 'CreateDBCluster'),
      new FakeMoto(cluster),
    )
    const here = /<SecretArn>([^<]*)/.exec(described)?.[1] ?? ''
    const moto = new FakeMoto(JSON.stringify({ ARN: arn }))
    const describeSecret = jsonCall('secretsmanager', 'DescribeSecret', { SecretId: here })
    expect(await responseText(secrets.patch, describeSecret, moto)).toBe(
      JSON.stringify({ ARN: here }),
    )
    expect(moto.requests[0]?.body.toString()).toBe(JSON.stringify({ SecretId: arn }))
    return here
  }
  const one = await arnNamed('00000000-0000-4000-8000-000000000001')
  expect(one).toMatch(/rds!cluster-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-AbCdEf$/)
  expect(await arnNamed('00000000-0000-4000-8000-000000000002')).toBe(one)
  const secrets = new ManagedSecrets()
  for (const uuid of [1, 2]) {
    // The second is the secret of a cluster that is created again, after it was destroyed.
    expect(await arnNamed(`00000000-0000-4000-8000-00000000000${uuid}`, secrets)).toBe(one)
  }
})

test('cancelling the rotation succeeds for the secret of a cluster only', async () => {
  const secrets = new ManagedSecrets()
  const arn =
    'arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!cluster-00000000-0000-4000-8000-000000000001-AbCdEf'
  const cluster = `<DBCluster><DBClusterIdentifier>main</DBClusterIdentifier><SecretArn>${arn}</SecretArn></DBCluster>`
  const described = await responseText(
    new Rds(secrets),
    queryCall('rds', 'CreateDBCluster'),
    new FakeMoto(cluster),
  )
  const here = /<SecretArn>([^<]*)/.exec(described)?.[1] ?? ''
  const failing = async () => ({ status: 400, headers: {}, body: Buffer.from('{}') })
  const cancel = (SecretId: string) =>
    secrets.patch.handle(jsonCall('secretsmanager', 'CancelRotateSecret', { SecretId }), failing)
  expect(await cancel(here)).toMatchObject({ status: 200 })
  expect(await cancel('another')).toMatchObject({ status: 400 })
})

describe('ElastiCache', () => {
  const create = queryCall('elasticache', 'CreateReplicationGroup', {
    ReplicationGroupId: 'cache',
    ReplicationGroupDescription: 'Ours',
    NumCacheClusters: '2',
    Engine: 'valkey',
    EngineVersion: '8.0',
    TransitEncryptionEnabled: 'true',
    'PreferredCacheClusterAZs.AvailabilityZone.1': 'us-east-1a',
    'PreferredCacheClusterAZs.AvailabilityZone.2': 'us-east-1b',
    'UserGroupIds.member.1': 'users',
    'Tags.Tag.1.Key': 'owner',
    'Tags.Tag.1.Value': 'us',
  })

  test('returns a replication group and its members', async () => {
    const patch = new ElastiCache()
    await responseText(patch, create)
    const group = await responseText(patch, queryCall('elasticache', 'DescribeReplicationGroups'))
    expect(group).toContain(
      '<MemberClusters><ClusterId>cache-001</ClusterId><ClusterId>cache-002</ClusterId></MemberClusters>',
    )
    expect(group).toContain('<UserGroupIds><member>users</member></UserGroupIds>')
    expect(group).toContain('<TransitEncryptionMode>required</TransitEncryptionMode>')
    const member = queryCall('elasticache', 'DescribeCacheClusters', {
      CacheClusterId: 'cache-002',
    })
    const described = await responseText(patch, member)
    expect(described).toContain('<PreferredAvailabilityZone>us-east-1b</PreferredAvailabilityZone>')
    expect(described).toContain('<EngineVersion>8.0.0</EngineVersion>')
    const ResourceName = 'arn:aws:elasticache:us-east-1:123456789012:replicationgroup:cache'
    expect(
      await responseText(patch, queryCall('elasticache', 'ListTagsForResource', { ResourceName })),
    ).toContain('<TagList><Tag><Key>owner</Key><Value>us</Value></Tag></TagList>')
  })

  test('creates, changes and deletes groups, and reports missing ones', async () => {
    const patch = new ElastiCache()
    await responseText(patch, create)
    const users = { UserGroupId: 'users', Engine: 'valkey' }
    await responseText(
      patch,
      queryCall('elasticache', 'CreateUserGroup', { ...users, 'UserIds.member.1': 'a' }),
    )
    const change = { ...users, 'UserIdsToAdd.member.1': 'b', 'UserIdsToRemove.member.1': 'a' }
    expect(
      await responseText(patch, queryCall('elasticache', 'ModifyUserGroup', change)),
    ).toContain('<UserIds><member>b</member></UserIds>')
    expect(patch.resourceIds()).toEqual(['cache', 'users'])
    await responseText(patch, queryCall('elasticache', 'DeleteUserGroup', users))
    await responseText(
      patch,
      queryCall('elasticache', 'DeleteReplicationGroup', { ReplicationGroupId: 'cache' }),
    )
    expect(patch.resourceIds()).toEqual([])
    const missing = queryCall('elasticache', 'DescribeReplicationGroups', {
      ReplicationGroupId: 'cache',
    })
    expect(await responseText(patch, missing)).toContain('ReplicationGroupNotFoundFault')
  })

  test('deletes a subnet group and allows creating it again', async () => {
    const patch = new ElastiCache()
    const moto = new FakeMoto('<CacheSubnetGroupName>subnets</CacheSubnetGroupName>')
    const call = (operation: string, emulator = moto) =>
      responseText(
        patch,
        queryCall('elasticache', operation, { CacheSubnetGroupName: 'subnets' }),
        emulator,
      )
    await call('CreateCacheSubnetGroup')
    expect(await call('DescribeCacheSubnetGroups')).toContain('>subnets<')
    await call('DeleteCacheSubnetGroup')
    expect(moto.requests).toHaveLength(2)
    expect(patch.resourceIds()).toEqual([])
    expect(await call('DescribeCacheSubnetGroups')).toContain('CacheSubnetGroupNotFoundFault')
    const again = new FakeMoto('<CacheSubnetGroupName>subnets-1</CacheSubnetGroupName>')
    expect(await call('CreateCacheSubnetGroup', again)).toContain('>subnets<')
    expect(again.requests[0]?.body.toString()).toContain('CacheSubnetGroupName=subnets-1')
  })

  test('makes moto remove a deleted user at once', async () => {
    const moto = new FakeMoto('<user/>')
    await responseText(
      new ElastiCache(),
      queryCall('elasticache', 'DeleteUser', { UserId: 'a' }),
      moto,
    )
    expect(
      moto.requests.map(({ body }) => new URLSearchParams(body.toString()).get('Action')),
    ).toEqual(['DeleteUser', 'DescribeUsers'])
  })

  test('passes requests for users to moto', async () => {
    const moto = new FakeMoto('<users/>')
    expect(
      await responseText(new ElastiCache(), queryCall('elasticache', 'DescribeUsers'), moto),
    ).toBe('<users/>')
  })
})

describe('CloudFront', () => {
  const path = '/2020-05-31/distribution'

  test('returns a distribution as written, with defaults for the rest', async () => {
    const patch = new CloudFront()
    const body = (config: string) =>
      `<Distribution><Id>D1</Id><ARN>arn:aws:cloudfront:123456789012:distribution/D1</ARN><DistributionConfig>${config}</DistributionConfig></Distribution>`
    const moto = new FakeMoto(body('<Logging><Enabled>false</Enabled></Logging><Origins/>'))
    const written =
      '<Origins><Items><Origin><VpcOriginConfig/></Origin></Items></Origins><Comment>x</Comment>'
    const create = `<DistributionConfig xmlns="http://a">${written}</DistributionConfig>`
    await responseText(patch, restCall('cloudfront', 'POST', path, create), moto)
    const described = await responseText(patch, restCall('cloudfront', 'GET', `${path}/D1`), moto)
    expect(described).toContain(
      '<DistributionConfig><Logging><Enabled>false</Enabled></Logging><Origins><Items><Origin><VpcOriginConfig/></Origin></Items></Origins><Comment>x</Comment></DistributionConfig>',
    )
    expect(described).toContain('arn:aws:cloudfront::123456789012:distribution/D1')
  })

  test('sends ARNs in the form that moto expects', async () => {
    const moto = new FakeMoto('<Tags/>')
    const arn = encodeURIComponent('arn:aws:cloudfront::123456789012:distribution/D1')
    await responseText(
      new CloudFront(),
      restCall('cloudfront', 'GET', `/2020-05-31/tagging?Resource=${arn}`),
      moto,
    )
    expect(decodeURIComponent(moto.requests[0]?.url ?? '')).toContain(
      'arn:aws:cloudfront:123456789012:',
    )
  })

  test.each([
    ['cache-policy', 'CachePolicy'],
    ['origin-request-policy', 'OriginRequestPolicy'],
    ['response-headers-policy', 'ResponseHeadersPolicy'],
  ])('stores a %s', async (kind, name) => {
    const patch = new CloudFront()
    const policies = `/2020-05-31/${kind}`
    const config = (comment: string) =>
      `<${name}Config><Comment>${comment}</Comment></${name}Config>`
    const created = await responseText(
      patch,
      restCall('cloudfront', 'POST', policies, config('one')),
    )
    const id = /<Id>([^<]*)/.exec(created)?.[1]
    await responseText(patch, restCall('cloudfront', 'PUT', `${policies}/${id}`, config('two')))
    expect(await responseText(patch, restCall('cloudfront', 'GET', `${policies}/${id}`))).toContain(
      config('two'),
    )
    expect(patch.resourceIds()).toEqual([id])
    await responseText(patch, restCall('cloudfront', 'DELETE', `${policies}/${id}`))
    expect(await responseText(patch, restCall('cloudfront', 'GET', `${policies}/${id}`))).toContain(
      `NoSuch${name}`,
    )
  })

  test('stores functions, and serves the published code', async () => {
    const patch = new CloudFront()
    const functions = '/2020-05-31/function'
    const call = (method: string, path: string, body = '', version = '') =>
      patch.handle(
        {
          ...restCall('cloudfront', method, `${functions}${path}`, body),
          headers: { 'if-match': version },
        },
        new FakeMoto().backend,
      )
    const written = (code: string) =>
      `<R><Name>rewrite</Name><FunctionConfig><Comment>c</Comment><Runtime>cloudfront-js-2.0</Runtime></FunctionConfig><FunctionCode>${Buffer.from(code).toString('base64')}</FunctionCode></R>`
    const text = async (path: string) => String((await call('GET', path)).body)
    const created = await call('POST', '', written('one'))
    expect(created).toMatchObject({ status: 201, headers: { etag: 'E1' } })
    expect(String(created.body)).toContain('arn:aws:cloudfront::123456789012:function/rewrite')
    expect(await call('POST', '', written('one'))).toMatchObject({ status: 409 })
    expect(await call('GET', '/rewrite?Stage=LIVE')).toMatchObject({ status: 404 })
    await call('POST', '/rewrite/publish', '', 'E1')
    expect(await call('PUT', '/rewrite', written('two'), 'E0')).toMatchObject({ status: 400 })
    await call('PUT', '/rewrite', written('two'), 'E1')
    expect(await text('/rewrite?Stage=LIVE')).toBe('one')
    expect(await text('/rewrite')).toBe('two')
    expect(await text('/rewrite/describe')).toContain('<Comment>c</Comment>')
    expect(await text('')).toContain('<Quantity>1</Quantity>')
    expect(patch.resourceIds()).toEqual(['rewrite'])
    await call('DELETE', '/rewrite', '', 'E2')
    expect(patch.resourceIds()).toEqual([])
  })
})

test('Elastic Load Balancing returns changed gRPC codes of a health check', async () => {
  const patch = elasticLoadBalancing()
  const groups = (codes: string) =>
    `<r><TargetGroups><member><TargetGroupArn>a</TargetGroupArn><Matcher><GrpcCode>${codes}</GrpcCode></Matcher></member></TargetGroups></r>`
  const moto = new FakeMoto(groups('0-3'))
  const call = (operation: string, input = {}) =>
    responseText(patch, queryCall('elasticloadbalancing', operation, input), moto)
  expect(await call('DescribeTargetGroups')).toBe(groups('0-3'))
  const changes = { TargetGroupArn: 'a', 'Matcher.GrpcCode': '12' }
  expect(await call('ModifyTargetGroup', changes)).toBe(groups('12'))
  expect(await call('DescribeTargetGroups')).toBe(groups('12'))
})

describe('Route 53', () => {
  const zone = (vpc: string) =>
    `<CreateHostedZoneRequest>${vpc}<HostedZoneConfig><Comment>x</Comment></HostedZoneConfig></CreateHostedZoneRequest>`

  test('marks only zones with a VPC as private', async () => {
    const moto = new FakeMoto('')
    const create = (vpc: string) =>
      responseText(
        route53(),
        restCall('route53', 'POST', '/2013-04-01/hostedzone', zone(vpc)),
        moto,
      )
    await create('<VPC><VPCId>vpc-1</VPCId></VPC>')
    await create('')
    expect(
      moto.requests.map(({ body }) => body.includes('<PrivateZone>true</PrivateZone>')),
    ).toEqual([true, false])
  })

  test('adds the wildcard to the ARN of a log group for moto only', async () => {
    const group = (end: string) =>
      `<CreateQueryLoggingConfigRequest><CloudWatchLogsLogGroupArn>arn:group${end}</CloudWatchLogsLogGroupArn></CreateQueryLoggingConfigRequest>`
    const moto = new FakeMoto(group(':*'))
    const call = restCall('route53', 'POST', '/2013-04-01/queryloggingconfig', group(''))
    expect(await responseText(route53(), call, moto)).toBe(group(''))
    expect(moto.requests[0]?.body.toString()).toBe(group(':*'))
  })
})

describe('S3', () => {
  const logging = (prefix: string) =>
    `<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix>${prefix}</TargetPrefix></LoggingEnabled></BucketLoggingStatus>`
  const put = (prefix: string) => restCall('s3', 'PUT', '/mine?logging=', logging(prefix))
  const get = restCall('s3', 'GET', '/mine?logging=')
  /** Accepts one prefix, and returns the accepted body. */
  const motoFor = (accepted: string) => {
    let stored = ''
    return async ({ method, body }: AwsRequest) => {
      const isAccepted = method === 'GET' || body.toString() === logging(accepted)
      if (isAccepted && method === 'PUT') stored = body.toString()
      return { status: isAccepted ? 200 : 400, headers: {}, body: Buffer.from(stored) }
    }
  }

  test('accepts an access log in a folder below that of the policy, and returns its prefix', async () => {
    const patch = s3()
    const moto = motoFor('s3/services/')
    expect((await patch.handle(put('s3/services/a/b/'), moto)).status).toBe(200)
    expect(`${(await patch.handle(get, moto)).body}`).toBe(logging('s3/services/a/b/'))
    expect((await patch.handle(put('s3/services/'), moto)).status).toBe(200)
    expect(`${(await patch.handle(get, moto)).body}`).toBe(logging('s3/services/'))
  })

  test('rejects an access log in another folder', async () => {
    const moto = motoFor('s3/services/')
    for (const prefix of ['s3/assets/', 's3/', 'services/', '']) {
      expect((await s3().handle(put(prefix), moto)).status).toBe(400)
    }
  })
})

describe('IAM', () => {
  const create = (service: string) =>
    queryCall('iam', 'CreateServiceLinkedRole', {
      AWSServiceName: service,
      'Tags.member.1.Key': 'owner',
    })

  test('creates a service-linked role at the path of its service', async () => {
    const sent: URLSearchParams[] = []
    const response = await iam().handle(create('ecs.amazonaws.com'), async ({ body }) => {
      sent.push(new URLSearchParams(body.toString()))
      return xmlResponse({ CreateRoleResponse: { CreateRoleResult: { Role: { RoleId: 'A' } } } })
    })
    expect(response.body.toString()).toBe(
      '<CreateServiceLinkedRoleResponse><CreateServiceLinkedRoleResult><Role><RoleId>A</RoleId></Role></CreateServiceLinkedRoleResult></CreateServiceLinkedRoleResponse>',
    )
    expect(sent.map((input) => Object.fromEntries(input))).toEqual([
      expect.objectContaining({
        Action: 'CreateRole',
        RoleName: 'AWSServiceRoleForECS',
        Path: '/aws-service-role/ecs.amazonaws.com/',
        'Tags.member.1.Key': 'owner',
      }),
    ])
  })

  test('refuses a service-linked role that exists, as AWS does', async () => {
    const response = await iam().handle(create('ecs.amazonaws.com'), async () =>
      xmlError('EntityAlreadyExists', 'exists', 409),
    )
    expect(response.status).toBe(400)
    expect(response.body.toString()).toContain(
      'Service role name AWSServiceRoleForECS has been taken in this account',
    )
  })
})

describe('STS', () => {
  const accountOf = async (accessKeyId: string) => {
    const request = { ...queryCall('sts', 'GetCallerIdentity'), accessKeyId }
    return responseText(sts(), request, new FakeMoto('<moto/>'))
  }

  test('names the session of a role by its key, and others as moto does', async () => {
    const text = await accountOf('role.444455556666.tideway-prod-operator')
    expect(text).toContain('<Account>444455556666</Account>')
    expect(text).toContain('arn:aws:sts::444455556666:assumed-role/tideway-prod-operator/local')
    expect(await accountOf('local')).toBe('<moto/>')
  })
})
