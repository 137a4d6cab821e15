//! What stands for a [`Piece`](crate::hydration::piece::Piece) in the browser.

use std::{cell::RefCell, rc::Rc};

use leptos::{
    children::Children,
    prelude::*,
    tachys::{
        html::attribute::{Attribute, any_attribute::AnyAttribute},
        hydration::Cursor,
        prelude::Mountable,
        renderer::types::{Element, Node},
        view::{Position, PositionState, add_attr::AddAnyAttr, any_view::AnyViewState},
    },
};
use wasm_bindgen::JsCast;

use super::queue::put_off;

/// Taken over once all that is around it is; made at once where the page is no longer the server's.
pub(crate) struct Part {
    children: Children,
    owner: Owner,
}

impl Part {
    pub(crate) fn new(children: Children) -> Self {
        Self { children, owner: Owner::current().unwrap_or_default() }
    }

    fn view(self) -> AnyView {
        self.owner.with(self.children)
    }
}

/// None: not taken over yet. Nothing moves a part before, since no task runs.
#[derive(Clone, Default)]
pub(crate) struct PartState(Rc<RefCell<Option<AnyViewState>>>);

impl PartState {
    fn of(state: AnyViewState) -> Self {
        Self(Rc::new(RefCell::new(Some(state))))
    }
}

impl Render for Part {
    type State = PartState;

    fn build(self) -> PartState {
        PartState::of(self.view().build())
    }

    fn rebuild(self, state: &mut PartState) {
        if let Some(state) = &mut *state.0.borrow_mut() {
            self.view().rebuild(state);
        }
    }
}

impl AddAnyAttr for Part {
    type Output<New: Attribute> = Self;

    /// Attributes belong on the element within.
    fn add_any_attr<New: Attribute>(self, _: New) -> Self {
        self
    }
}

impl RenderHtml for Part {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        out: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        attributes: Vec<AnyAttribute>,
    ) {
        self.view().to_html_with_buf(out, position, escape, mark_branches, attributes);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> PartState {
        let state = PartState::default();
        let root = step_over_element(cursor, position);
        let hydrated = state.clone();
        put_off(Box::new(move || {
            let owner = self.owner.clone();
            let here = PositionState::new(Position::Current);
            let view = || self.view().hydrate::<true>(&Cursor::new(root), &here);
            *hydrated.0.borrow_mut() = Some(owner.with(view));
        }));
        state
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// Leaves cursor and position as taking over the element would.
fn step_over_element(cursor: &Cursor, position: &PositionState) -> Element {
    match position.get() {
        Position::FirstChild => cursor.child(),
        Position::Current => {}
        _ => cursor.sibling(),
    }
    position.set(Position::NextChild);
    cursor.current().unchecked_into()
}

impl Mountable for PartState {
    fn unmount(&mut self) {
        if let Some(state) = &mut *self.0.borrow_mut() {
            state.unmount();
        }
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        if let Some(state) = &mut *self.0.borrow_mut() {
            state.mount(parent, marker);
        }
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.borrow().as_ref().is_some_and(|state| state.insert_before_this(child))
    }

    fn elements(&self) -> Vec<Element> {
        self.0.borrow().as_ref().map(Mountable::elements).unwrap_or_default()
    }
}
