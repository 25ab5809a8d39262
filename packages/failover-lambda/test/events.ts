type Fields = Readonly<Record<string, unknown>>

const account = '123456789012'
const region = 'eu-central-1'

export const arnOf = (kind: string, name: string) =>
  `arn:aws:ecs:${region}:${account}:${kind}/${name}`

/** An event as EventBridge delivers it. */
export function event(
  source: string,
  detailType: string,
  detail: Fields,
  resources: string[] = [],
): Fields {
  return {
    version: '0',
    id: '6f3c1f3a-0000-4000-8000-000000000000',
    'detail-type': detailType,
    source,
    account,
    time: '2026-01-05T12:00:00Z',
    region,
    resources,
    detail,
  }
}

/** By default a placement failure for lack of Fargate Spot capacity. */
export const serviceAction = (cluster: string, detail: Fields = {}) =>
  event(
    'aws.ecs',
    'ECS Service Action',
    {
      eventType: 'ERROR',
      eventName: 'SERVICE_TASK_PLACEMENT_FAILURE',
      clusterArn: arnOf('cluster', cluster),
      capacityProviderArns: [arnOf('capacity-provider', 'FARGATE_SPOT')],
      reason: 'RESOURCE:FARGATE',
      createdAt: '2026-01-05T12:00:00Z',
      ...detail,
    },
    [arnOf('service', `${cluster}/tideway-test-api`)],
  )

export const taskChange = (cluster: string, detail: Fields) =>
  event(
    'aws.ecs',
    'ECS Task State Change',
    {
      clusterArn: arnOf('cluster', cluster),
      taskArn: arnOf('task', `${cluster}/0123456789abcdef`),
      group: 'service:tideway-test-api',
      launchType: 'FARGATE',
      capacityProviderName: 'FARGATE_SPOT',
      desiredStatus: 'RUNNING',
      lastStatus: 'RUNNING',
      version: 4,
      attachments: [],
      containers: [],
      ...detail,
    },
    [arnOf('task', `${cluster}/0123456789abcdef`)],
  )

export const notice = (cluster: string, detail: Fields = {}) =>
  taskChange(cluster, {
    desiredStatus: 'STOPPED',
    lastStatus: 'RUNNING',
    stopCode: 'SpotInterruption',
    stoppedReason: 'Your Spot Task was interrupted.',
    ...detail,
  })

export const deploymentChange = (cluster: string) =>
  event(
    'aws.ecs',
    'ECS Deployment State Change',
    {
      eventType: 'INFO',
      eventName: 'SERVICE_DEPLOYMENT_COMPLETED',
      deploymentId: 'ecs-svc/0123456789012345678',
      updatedAt: '2026-01-05T12:00:00Z',
      reason: 'ECS deployment completed.',
    },
    [arnOf('service', `${cluster}/tideway-test-worker`)],
  )

export const instanceNotice = (detailType = 'EC2 Spot Instance Interruption Warning') =>
  event(
    'aws.ec2',
    detailType,
    { 'instance-id': 'i-0123456789abcdef0', 'instance-action': 'terminate' },
    ['arn:aws:ec2:eu-central-1a:instance/i-0123456789abcdef0'],
  )

export const launchFailure = (group: string, detail: Fields = {}) =>
  event('aws.autoscaling', 'EC2 Instance Launch Unsuccessful', {
    AutoScalingGroupName: group,
    StatusCode: 'Failed',
    StatusMessage:
      'Could not launch Spot Instances. UnfulfillableCapacity - There is no capacity available that matches your request. Launching EC2 instance failed.',
    Cause: 'At 2026-01-05T12:00:00Z an instance was started in response to a difference.',
    EC2InstanceId: '',
    ...detail,
  })
