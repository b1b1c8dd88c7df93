"""Which policy to take: what a user has to have little of, and how sure the records make it.

`criteria` reads preferences and requirements, `compared` holds what a directory's records say of them, `bounds` how
sure that is, `front` who is beaten by none, `advice` the recommendation; `race` spends schedules on the contenders
while a run goes on.
"""
