"""People are told by mail what happened to the machines they look after, with the reason, and not too often.

Owns a tenant's mail server, subscriptions, and the mails with what became of them. News comes from the outbox: `spread`
makes an *item* of it for each subscription that wants it; `compose` gathers a subscription's items into a mail once it
is time, and leaves out what is shelved by then; `sender` hands mails to the tenant's server, in a consumer of its own.
Delivery is at least once; `Message-ID` is the same on every try. Programs are told by webhooks, at once and one by one.

Words: *type* (of news, such as `alarm.raised`), *subscription* (who is told of which, where, and how often), *item*
(one piece of news for one subscription), *mail* (items on their way, or a test), *quiet hours*.
"""
