"""whoever is given an event, or named for a sub-task of it, sees other maps from then on: a change of nothing says so"""

from alembic import op

revision = "0021"
down_revision = "0020"

GIVEN = """
create function tally_given(item uuid) returns void language sql as $$
  insert into tally_changes (sign, day, grid_id, edition_id, grid_code, village_code, township_code,
      category, urgency, state, unit_code, lon, lat)
    select 0, (created_at at time zone 'Asia/Shanghai')::date, coalesce(grid_id, 0), coalesce(edition_id, 0),
      coalesce(grid_code, ''), coalesce(village_code, ''), coalesce(township_code, ''), category, urgency, state, '',
      st_x(point), st_y(point)
    from events where id = item
$$;
create function tally_assignment_given() returns trigger language plpgsql as $$
begin
  perform tally_given(new.item_id);
  return null;
end $$;
create trigger assignments_tally_given_first after insert on assignments for each row
  when (new.item_kind = 'event' and new.person_id is not null)
  execute function tally_assignment_given();
create trigger assignments_tally_given after update on assignments for each row
  when (new.item_kind = 'event' and coalesce(old.person_id, new.person_id) is not null
    and (old.person_id, old.until, old.ended_by) is distinct from (new.person_id, new.until, new.ended_by))
  execute function tally_assignment_given();
create trigger subtasks_tally_given after update on subtasks for each row
  when (new.item_kind = 'event' and old.person_id is distinct from new.person_id)
  execute function tally_assignment_given();
"""


def upgrade() -> None:
    op.execute(GIVEN)


def downgrade() -> None:
    op.execute("""
    drop trigger subtasks_tally_given on subtasks;
    drop trigger assignments_tally_given on assignments;
    drop trigger assignments_tally_given_first on assignments;
    drop function tally_assignment_given();
    drop function tally_given(uuid);
    """)
