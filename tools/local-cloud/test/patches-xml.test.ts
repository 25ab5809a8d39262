import { autoscaling } from '../src/patches/autoscaling'
import { CloudFront } from '../src/patches/cloudfront'
import { Ec2 } from '../src/patches/ec2'
import { ElastiCache } from '../src/patches/elasticache'
import { ManagedSecrets } from '../src/patches/managed-secrets'
import { Rds } from '../src/patches/rds'
import { route53 } from '../src/patches/route53'
import { Answering, answered, jsonCall, queryCall, restCall } from './requests'

describe('EC2', () => {
  test('a rule between groups has its description', async () => {
    const patch = new Ec2()
    const moto = new Answering(
      '<r><item><securityGroupRuleId>sgr-1</securityGroupRuleId></item></r>',
      '<r><item><securityGroupRuleId>sgr-0</securityGroupRuleId></item><item><tagSet></tagSet><securityGroupRuleId>sgr-1</securityGroupRuleId></item></r>',
    )
    const authorize = queryCall('ec2', 'AuthorizeSecurityGroupIngress', {
      'IpPermissions.1.UserIdGroupPairs.1.Description': 'From <us>',
    })
    await answered(patch, authorize, moto)
    expect(await answered(patch, queryCall('ec2', 'DescribeSecurityGroupRules'), moto)).toBe(
      '<r><item><securityGroupRuleId>sgr-0</securityGroupRuleId></item><item><tagSet/><securityGroupRuleId>sgr-1</securityGroupRuleId><description>From &lt;us&gt;</description></item></r>',
    )
  })

  test('a fleet begins when it was told to, and uses one pool where nothing is said', async () => {
    const patch = new Ec2()
    const fleets = (id: string) =>
      `<item><fleetId>${id}</fleetId><validFrom>now</validFrom><spotOptions><a>b</a></spotOptions></item>`
    const moto = new Answering(
      '<r><fleetId>fleet-1</fleetId></r>',
      '<r><fleetId>fleet-2</fleetId></r>',
      `<r>${fleets('fleet-1')}${fleets('fleet-2')}</r>`,
    )
    await answered(patch, queryCall('ec2', 'CreateFleet'), moto)
    await answered(patch, queryCall('ec2', 'CreateFleet', { ValidFrom: 'now' }), moto)
    const options =
      '<spotOptions><a>b</a><instancePoolsToUseCount>1</instancePoolsToUseCount></spotOptions>'
    expect(await answered(patch, queryCall('ec2', 'DescribeFleets'), moto)).toBe(
      `<r><item><fleetId>fleet-1</fleetId>${options}</item><item><fleetId>fleet-2</fleetId><validFrom>now</validFrom>${options}</item></r>`,
    )
  })

  test('a fleet that is deleted comes to its end', async () => {
    const fleet = (state: string) =>
      `<r><item><fleetId>fleet-1</fleetId><fleetState>${state}</fleetState></item></r>`
    const moto = new Answering(fleet('deleted_terminating'))
    expect(await answered(new Ec2(), queryCall('ec2', 'DescribeFleets'), moto)).toBe(
      fleet('deleted'),
    )
  })

  test('a launch template does not list its own tags among those of instances', async () => {
    const tags = (type: string) =>
      `<item><resourceType>${type}</resourceType><tagSet><item><key>a</key></item></tagSet></item>`
    const set = (items: string) => `<tagSpecificationSet>${items}</tagSpecificationSet>`
    const moto = new Answering(set(`${tags('instance')}${tags('launch-template')}`))
    expect(
      await answered(new Ec2(), queryCall('ec2', 'DescribeLaunchTemplateVersions'), moto),
    ).toBe(set(tags('instance')))
  })

  test('a Spot Fleet is answered as it was requested, until it is cancelled', async () => {
    const patch = new Ec2()
    const id = await answered(
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
    const shown = await answered(patch, describeFleet)
    expect(shown).toContain('<spotFleetRequestState>active</spotFleetRequestState>')
    expect(shown).toContain(
      '<launchTemplateConfigs><item><launchTemplateSpecification><launchTemplateId>lt-1</launchTemplateId></launchTemplateSpecification><overrides><item><instanceType>t4g.medium</instanceType></item><item><instanceType>m7g.medium</instanceType></item></overrides></item></launchTemplateConfigs>',
    )
    expect(shown).toContain('<tagSet><item><key>owner</key><value>us</value></item></tagSet>')
    await answered(
      patch,
      queryCall('ec2', 'CancelSpotFleetRequests', { 'SpotFleetRequestId.1': fleet }),
    )
    expect(await answered(patch, describeFleet)).toContain('cancelled_terminating')
    expect(patch.resourceIds()).toEqual([])
  })
})

test('an Auto Scaling group has its warm-up', async () => {
  const patch = autoscaling()
  const group = '<member><AutoScalingGroupName>web</AutoScalingGroupName>'
  const instance =
    '<Instances><member><InstanceId>i</InstanceId><AutoScalingGroupName>web</AutoScalingGroupName></member></Instances>'
  const moto = new Answering('', `${group}${instance}</member>`)
  const create = { AutoScalingGroupName: 'web', DefaultInstanceWarmup: '60' }
  await answered(patch, queryCall('autoscaling', 'CreateAutoScalingGroup', create), moto)
  expect(await answered(patch, queryCall('autoscaling', 'DescribeAutoScalingGroups'), moto)).toBe(
    `${group}${instance}<DefaultInstanceWarmup>60</DefaultInstanceWarmup></member>`,
  )
})

describe('RDS', () => {
  test('an instance has its monitoring, the last that was written', async () => {
    const patch = new Rds(new ManagedSecrets())
    const instance = (id: string) =>
      `<DBInstance><DBInstanceIdentifier>${id}</DBInstanceIdentifier><MonitoringInterval>0</MonitoringInterval></DBInstance>`
    const moto = new Answering(`<r>${instance('one')}${instance('two')}</r>`)
    const write = (operation: string, input: Readonly<Record<string, string>>) =>
      answered(patch, queryCall('rds', operation, { DBInstanceIdentifier: 'two', ...input }), moto)
    await write('CreateDBInstance', { MonitoringInterval: '30', EnablePerformanceInsights: 'true' })
    await write('ModifyDBInstance', { MonitoringInterval: '60' })
    expect(await answered(patch, queryCall('rds', 'DescribeDBInstances'), moto)).toBe(
      `<r>${instance('one')}<DBInstance><DBInstanceIdentifier>two</DBInstanceIdentifier><MonitoringInterval>60</MonitoringInterval><PerformanceInsightsEnabled>true</PerformanceInsightsEnabled></DBInstance></r>`,
    )
  })

  test('a cluster takes the backups with it that were made by themselves', async () => {
    const ids = ['rds:main-2026-01-05', 'by-hand']
    const snapshots = ids.map(
      (id) => `<DBClusterSnapshotIdentifier>${id}</DBClusterSnapshotIdentifier>`,
    )
    const moto = new Answering('<DBCluster/>', snapshots.join(''), '<gone/>')
    const gone = queryCall('rds', 'DeleteDBCluster', {
      Version: '2014-10-31',
      DBClusterIdentifier: 'main',
    })
    await answered(new Rds(new ManagedSecrets()), gone, moto)
    expect(
      moto.asked
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
  ])('a cluster of Serverless v2 has no %s', async (scaling) => {
    const moto = new Answering(`<DBCluster><a>b</a>${scaling}</DBCluster>`)
    expect(
      await answered(new Rds(new ManagedSecrets()), queryCall('rds', 'DescribeDBClusters'), moto),
    ).toBe('<DBCluster><a>b</a></DBCluster>')
  })
})

test('the secret of a cluster has the same name each time', async () => {
  const arnNamed = async (uuid: string) => {
    const secrets = new ManagedSecrets()
    const arn = `arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!cluster-${uuid}-AbCdEf`
    const cluster = `<DBCluster><DBClusterIdentifier>main</DBClusterIdentifier><SecretArn>${arn}</SecretArn></DBCluster>`
    const shown = await answered(
      new Rds(secrets),
      queryCall('rds', 'CreateDBCluster'),
      new Answering(cluster),
    )
    const here = /<SecretArn>([^<]*)/.exec(shown)?.[1] ?? ''
    const moto = new Answering(JSON.stringify({ ARN: arn }))
    const described = jsonCall('secretsmanager', 'DescribeSecret', { SecretId: here })
    expect(await answered(secrets.patch, described, moto)).toBe(JSON.stringify({ ARN: here }))
    expect(moto.asked[0]?.body.toString()).toBe(JSON.stringify({ SecretId: arn }))
    return here
  }
  const one = await arnNamed('00000000-0000-4000-8000-000000000001')
  expect(one).toMatch(/rds!cluster-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-AbCdEf$/)
  expect(await arnNamed('00000000-0000-4000-8000-000000000002')).toBe(one)
})

test('the rotation of the secret of a cluster ends; that of another as the emulator says', async () => {
  const secrets = new ManagedSecrets()
  const arn =
    'arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!cluster-00000000-0000-4000-8000-000000000001-AbCdEf'
  const cluster = `<DBCluster><DBClusterIdentifier>main</DBClusterIdentifier><SecretArn>${arn}</SecretArn></DBCluster>`
  const shown = await answered(
    new Rds(secrets),
    queryCall('rds', 'CreateDBCluster'),
    new Answering(cluster),
  )
  const here = /<SecretArn>([^<]*)/.exec(shown)?.[1] ?? ''
  const refusing = async () => ({ status: 400, headers: {}, body: Buffer.from('{}') })
  const cancel = (SecretId: string) =>
    secrets.patch.handle(jsonCall('secretsmanager', 'CancelRotateSecret', { SecretId }), refusing)
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

  test('a replication group has its members, and they are found', async () => {
    const patch = new ElastiCache()
    await answered(patch, create)
    const group = await answered(patch, queryCall('elasticache', 'DescribeReplicationGroups'))
    expect(group).toContain(
      '<MemberClusters><ClusterId>cache-001</ClusterId><ClusterId>cache-002</ClusterId></MemberClusters>',
    )
    expect(group).toContain('<UserGroupIds><member>users</member></UserGroupIds>')
    expect(group).toContain('<TransitEncryptionMode>required</TransitEncryptionMode>')
    const member = queryCall('elasticache', 'DescribeCacheClusters', {
      CacheClusterId: 'cache-002',
    })
    const shown = await answered(patch, member)
    expect(shown).toContain('<PreferredAvailabilityZone>us-east-1b</PreferredAvailabilityZone>')
    expect(shown).toContain('<EngineVersion>8.0.0</EngineVersion>')
    const ResourceName = 'arn:aws:elasticache:us-east-1:123456789012:replicationgroup:cache'
    expect(
      await answered(patch, queryCall('elasticache', 'ListTagsForResource', { ResourceName })),
    ).toContain('<TagList><Tag><Key>owner</Key><Value>us</Value></Tag></TagList>')
  })

  test('groups come and go; what is not there is said not to be', async () => {
    const patch = new ElastiCache()
    await answered(patch, create)
    const users = { UserGroupId: 'users', Engine: 'valkey' }
    await answered(
      patch,
      queryCall('elasticache', 'CreateUserGroup', { ...users, 'UserIds.member.1': 'a' }),
    )
    const change = { ...users, 'UserIdsToAdd.member.1': 'b', 'UserIdsToRemove.member.1': 'a' }
    expect(await answered(patch, queryCall('elasticache', 'ModifyUserGroup', change))).toContain(
      '<UserIds><member>b</member></UserIds>',
    )
    expect(patch.resourceIds()).toEqual(['cache', 'users'])
    await answered(patch, queryCall('elasticache', 'DeleteUserGroup', users))
    await answered(
      patch,
      queryCall('elasticache', 'DeleteReplicationGroup', { ReplicationGroupId: 'cache' }),
    )
    expect(patch.resourceIds()).toEqual([])
    const missing = queryCall('elasticache', 'DescribeReplicationGroups', {
      ReplicationGroupId: 'cache',
    })
    expect(await answered(patch, missing)).toContain('ReplicationGroupNotFoundFault')
  })

  test('a group of subnets that is deleted is gone, and can be made again', async () => {
    const patch = new ElastiCache()
    const moto = new Answering('<CacheSubnetGroupName>subnets</CacheSubnetGroupName>')
    const call = (operation: string, emulator = moto) =>
      answered(
        patch,
        queryCall('elasticache', operation, { CacheSubnetGroupName: 'subnets' }),
        emulator,
      )
    await call('CreateCacheSubnetGroup')
    expect(await call('DescribeCacheSubnetGroups')).toContain('>subnets<')
    await call('DeleteCacheSubnetGroup')
    expect(moto.asked).toHaveLength(2)
    expect(patch.resourceIds()).toEqual([])
    expect(await call('DescribeCacheSubnetGroups')).toContain('CacheSubnetGroupNotFoundFault')
    const again = new Answering('<CacheSubnetGroupName>subnets-1</CacheSubnetGroupName>')
    expect(await call('CreateCacheSubnetGroup', again)).toContain('>subnets<')
    expect(again.asked[0]?.body.toString()).toContain('CacheSubnetGroupName=subnets-1')
  })

  test('a user that is deleted is gone at once', async () => {
    const moto = new Answering('<user/>')
    await answered(new ElastiCache(), queryCall('elasticache', 'DeleteUser', { UserId: 'a' }), moto)
    expect(
      moto.asked.map(({ body }) => new URLSearchParams(body.toString()).get('Action')),
    ).toEqual(['DeleteUser', 'DescribeUsers'])
  })

  test('users and other clusters are the emulator’s', async () => {
    const moto = new Answering('<users/>')
    expect(await answered(new ElastiCache(), queryCall('elasticache', 'DescribeUsers'), moto)).toBe(
      '<users/>',
    )
  })
})

describe('CloudFront', () => {
  const path = '/2020-05-31/distribution'

  test('a distribution is answered as it was written, with defaults for what was left out', async () => {
    const patch = new CloudFront()
    const body = (config: string) =>
      `<Distribution><Id>D1</Id><ARN>arn:aws:cloudfront:123456789012:distribution/D1</ARN><DistributionConfig>${config}</DistributionConfig></Distribution>`
    const moto = new Answering(body('<Logging><Enabled>false</Enabled></Logging><Origins/>'))
    const written =
      '<Origins><Items><Origin><VpcOriginConfig/></Origin></Items></Origins><Comment>x</Comment>'
    const create = `<DistributionConfig xmlns="http://a">${written}</DistributionConfig>`
    await answered(patch, restCall('cloudfront', 'POST', path, create), moto)
    const shown = await answered(patch, restCall('cloudfront', 'GET', `${path}/D1`), moto)
    expect(shown).toContain(
      '<DistributionConfig><Logging><Enabled>false</Enabled></Logging><Origins><Items><Origin><VpcOriginConfig/></Origin></Items></Origins><Comment>x</Comment></DistributionConfig>',
    )
    expect(shown).toContain('arn:aws:cloudfront::123456789012:distribution/D1')
  })

  test('an ARN is asked for as the emulator has it', async () => {
    const moto = new Answering('<Tags/>')
    const arn = encodeURIComponent('arn:aws:cloudfront::123456789012:distribution/D1')
    await answered(
      new CloudFront(),
      restCall('cloudfront', 'GET', `/2020-05-31/tagging?Resource=${arn}`),
      moto,
    )
    expect(decodeURIComponent(moto.asked[0]?.url ?? '')).toContain(
      'arn:aws:cloudfront:123456789012:',
    )
  })

  test('a response headers policy is kept', async () => {
    const patch = new CloudFront()
    const policies = '/2020-05-31/response-headers-policy'
    const config = (comment: string) =>
      `<ResponseHeadersPolicyConfig><Comment>${comment}</Comment></ResponseHeadersPolicyConfig>`
    const made = await answered(patch, restCall('cloudfront', 'POST', policies, config('one')))
    const id = /<Id>([^<]*)/.exec(made)?.[1]
    await answered(patch, restCall('cloudfront', 'PUT', `${policies}/${id}`, config('two')))
    expect(await answered(patch, restCall('cloudfront', 'GET', `${policies}/${id}`))).toContain(
      config('two'),
    )
    expect(patch.resourceIds()).toEqual([id])
    await answered(patch, restCall('cloudfront', 'DELETE', `${policies}/${id}`))
    expect(await answered(patch, restCall('cloudfront', 'GET', `${policies}/${id}`))).toContain(
      'NoSuchResponseHeadersPolicy',
    )
  })
})

describe('Route 53', () => {
  const zone = (vpc: string) =>
    `<CreateHostedZoneRequest>${vpc}<HostedZoneConfig><Comment>x</Comment></HostedZoneConfig></CreateHostedZoneRequest>`

  test('a zone with a VPC is private, and one without is not', async () => {
    const moto = new Answering('')
    const create = (vpc: string) =>
      answered(route53(), restCall('route53', 'POST', '/2013-04-01/hostedzone', zone(vpc)), moto)
    await create('<VPC><VPCId>vpc-1</VPCId></VPC>')
    await create('')
    expect(moto.asked.map(({ body }) => body.includes('<PrivateZone>true</PrivateZone>'))).toEqual([
      true,
      false,
    ])
  })

  test('a log group goes with its star, and comes without', async () => {
    const group = (end: string) =>
      `<CreateQueryLoggingConfigRequest><CloudWatchLogsLogGroupArn>arn:group${end}</CloudWatchLogsLogGroupArn></CreateQueryLoggingConfigRequest>`
    const moto = new Answering(group(':*'))
    const call = restCall('route53', 'POST', '/2013-04-01/queryloggingconfig', group(''))
    expect(await answered(route53(), call, moto)).toBe(group(''))
    expect(moto.asked[0]?.body.toString()).toBe(group(':*'))
  })
})
