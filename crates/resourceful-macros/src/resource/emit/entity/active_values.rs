//! The fields of a model and of an active model by their columns.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::resource::emit::source::Source;
use crate::resource::emit::words::for_each_field;
use crate::resource::model::FieldOutline;

/// Four functions, one `match` each.
pub(crate) fn emit_active_values(source: &impl Source) -> TokenStream {
    let outline = source.outline();
    let krate = &outline.krate;
    let rt = quote!(#krate::__private);
    let select = |function: &str, reference: TokenStream| {
        let function = format_ident!("{function}");
        source.body(|_| {
            let arms = for_each_field(outline, |FieldOutline { ident, variant, .. }, table| {
                quote!(Column::#variant => (#table.#function)(#reference __model.#ident))
            });
            quote!(match __column { #(#arms,)* })
        })
    };
    let (slot, slot_mut) = (select("slot", quote!(&)), select("slot_mut", quote!(&mut)));
    let (active, active_mut) = (select("active", quote!(&)), select("active_mut", quote!(&mut)));
    quote! {
        fn __slot(__model: &Model, __column: Column) -> &dyn #rt::FieldSlot {
            #slot
        }
        fn __slot_mut(__model: &mut Model, __column: Column) -> &mut dyn #rt::FieldSlot {
            #slot_mut
        }
        fn __active(__model: &ActiveModel, __column: Column) -> &dyn #rt::ActiveSlot {
            #active
        }
        fn __active_mut(__model: &mut ActiveModel, __column: Column) -> &mut dyn #rt::ActiveSlot {
            #active_mut
        }
    }
}
