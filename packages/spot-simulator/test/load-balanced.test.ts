import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { EcsSimulation } from '../src'

const timing = {
  fargateProvisioning: [20, 20],
  fargatePending: [20, 20],
  healthy: [40, 40],
} as const

function setUp() {
  const aws = new EcsSimulation({ seed: 1, timing })
  const client = new ElasticLoadBalancingV2Client(aws.endpoint.clientOptions)
  const TargetGroupArn = aws.loadBalancers.createTargetGroup({ name: 'web' })
  const target = { targetGroupArn: TargetGroupArn, containerName: 'app', containerPort: 8080 }
  const settings = { desiredCount: 2, loadBalancers: [target] }
  const web = aws.createService({ name: 'web', ...settings })
  const states = async () => {
    const output = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn }))
    return output.TargetHealthDescriptions?.map(({ TargetHealth }) => TargetHealth?.State).sort()
  }
  return { aws, web, states }
}

describe('tasks behind a load balancer', () => {
  it('need a target group that exists', async () => {
    const aws = new EcsSimulation({ seed: 1 })
    const loadBalancers = [{ targetGroupArn: 'other', containerName: 'app', containerPort: 80 }]
    aws.createService({ name: 'web', desiredCount: 2, loadBalancers })
    await expect(aws.run(100)).rejects.toThrow("Target group 'other' not found")
  })

  it('serve once they are healthy, and drain when they are stopped', async () => {
    const { aws, web, states } = setUp()
    await aws.run(70)
    expect(web.runningCount).toBe(2)
    expect(web.servingCount).toBe(0)
    expect(await states()).toEqual(['initial', 'initial'])
    await aws.run(40)
    expect(web.servingCount).toBe(2)
    expect(await states()).toEqual(['healthy', 'healthy'])
    aws.setDesiredCount(web, 1)
    await aws.run(5)
    expect(await states()).toEqual(['draining', 'healthy'])
  })

  it('stay registered during their interruption notice', async () => {
    const { aws, web, states } = setUp()
    await aws.run(300)
    for (const task of web.tasks) aws.interruptTask(task)
    await aws.run(10)
    expect(await states()).toEqual(['healthy', 'healthy'])
    await aws.run(111)
    expect((await states())?.filter((state) => state === 'draining')).toHaveLength(2)
  })
})
