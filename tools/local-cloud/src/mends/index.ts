import { applicationAutoscaling } from './application-autoscaling'
import { autoscaling } from './autoscaling'
import { CloudFront } from './cloudfront'
import { codedeploy } from './codedeploy'
import { Ec2 } from './ec2'
import { EcsServices } from './ecs'
import { ElastiCache } from './elasticache'
import { Lambda } from './lambda'
import { ManagedSecrets } from './managed-secrets'
import type { Mend } from './mend'
import { Rds } from './rds'
import { route53 } from './route53'
import { Sqs } from './sqs'
import { stepFunctions } from './step-functions'

export interface Mends {
  readonly all: readonly Mend[]
  /** Two of them know what the drought needs: the services, and the code of the functions. */
  readonly ecs: EcsServices
  readonly lambda: Lambda
}

export function mends(): Mends {
  const ecs = new EcsServices()
  const lambda = new Lambda()
  const secrets = new ManagedSecrets()
  return {
    ecs,
    lambda,
    all: [
      applicationAutoscaling(),
      autoscaling(),
      new CloudFront(),
      codedeploy(),
      new Ec2(),
      ecs.mend,
      new ElastiCache(),
      lambda,
      new Rds(secrets),
      secrets.mend,
      route53(),
      new Sqs(),
      stepFunctions(),
    ],
  }
}
