import { stacks, TidewayStack } from '@tideway/constructs'
import { soleResource, synthesized, testApp, testEnvironment } from '@tideway/constructs/testing'
import { InternalAlb, OriginRule, type OriginRuleProps } from '../src/load-balancers'

function stackWith(build: (stack: TidewayStack) => void) {
  const stack = new TidewayStack(testApp(), 'compute', {
    environment: testEnvironment(),
    owner: stacks.compute.owner,
  })
  build(stack)
  return synthesized(stack)
}

const ruleOf = (switchedBy: OriginRuleProps['switchedBy']) =>
  soleResource(
    stackWith((stack) => {
      new OriginRule(stack, 'rule', {
        alb: {
          httpsListenerArn: 'arn:listener',
          originHeader: { name: 'x-proof', values: ['today', 'before'] },
        },
        priority: 7,
        paths: ['/api/*'],
        targetGroupArn: 'arn:blue',
        switchedBy,
      })
    }),
    'aws_lb_listener_rule',
  )

describe('a rule for requests of the CDN', () => {
  it('forwards what has one of the values of the header, and its path', () => {
    expect(ruleOf('terraform')).toMatchObject({
      listener_arn: 'arn:listener',
      priority: 7,
      condition: [
        { http_header: { http_header_name: 'x-proof', values: ['today', 'before'] } },
        { path_pattern: { values: ['/api/*'] } },
      ],
      action: [{ type: 'forward', target_group_arn: 'arn:blue' }],
    })
  })

  it('stays where CodeDeploy has put it, and where nobody else does is put back', () => {
    expect(ruleOf('code-deploy').lifecycle).toEqual({ ignore_changes: ['action'] })
    expect(ruleOf('terraform')).not.toHaveProperty('lifecycle')
  })
})

describe('the name of a service inside', () => {
  it('is one that the certificate of the internal load balancer is for', () => {
    let name = ''
    const json = stackWith((stack) => {
      name = new InternalAlb(stack, 'alb', {
        vpcId: 'vpc-1',
        subnetIds: ['subnet-1', 'subnet-2'],
        publicZoneId: 'Z1',
        logsBucketName: 'logs',
      }).hostNameOf('worker')
    })
    const { domain_name } = soleResource(json, 'aws_acm_certificate')
    expect(domain_name).toBe(`*.${name.split('.').slice(1).join('.')}`)
    expect(name).toBe('worker.internal.test.example')
  })
})
